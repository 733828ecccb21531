import { resolve } from "node:path";
import { PkiError } from "../errors";
import { Backends } from "../kms/registry/backends";
import { refuseProblems } from "../words/problem";
import { rootDirectory } from "../words/rootDirectory";
import type { SecretSources } from "../words/secrets";
import { type AdoptedAuthority, adoptedAuthority, placeBelow, stackSettings } from "./adoptedAuthority";
import { ADOPT_HELP } from "./adoptHelp";
import { adoptedProgram } from "./adoptedProgram";
import { adoptedImports } from "./adoptedImports";
import { checkStack, writeCertificates, writeImports, writeStack } from "./adoptingStack";
import { adoptNotes, foundLines, importLines, nextLines, settingLines } from "./adoptReport";
import { type Command, parseFiles, usageError } from "./command";
import { readGivenFile } from "./givenFile";
import { readRunningCa, type RunningCa } from "./runningCa";
import { readRunningCaCertificates } from "./runningCaCertificates";
import { RunningCaKeyFinder } from "./runningCaKeys";
import type { Shell } from "./shell";
import { readStackConfig, settingIn } from "./stackConfig";

const INSTEAD = "print a program with --program";

/** `kms-pki adopt`: the settings by which a stack takes over a step-ca that runs. */
export const adoptCommand: Command = {
  help: ADOPT_HELP,
  failureCode: 1,
  parse(args) {
    const { values, positionals } = parseFiles("adopt", args, {
      "root-key": { type: "string" },
      "dry-run": { type: "boolean", default: false },
      program: { type: "boolean", default: false },
      import: { type: "string" },
      cwd: { type: "string", default: "." },
      stack: { type: "string" },
    });
    const [file = "", ...others] = positionals;
    const { cwd, stack, program, import: importFile, "dry-run": isDryRun, "root-key": rootKey } = values;
    const isOfStack = !program && importFile === undefined;
    if (others.length > 0) {
      throw usageError("adopt", "More than one file is named");
    }
    if (program && stack !== undefined) {
      throw usageError("adopt", "--program and --stack exclude each other");
    }
    if (importFile !== undefined && (program || isDryRun || stack !== undefined)) {
      throw usageError("adopt", "--import excludes --program, --dry-run and --stack");
    }
    const choice = { cwd, ...(stack === undefined ? {} : { stack }) };
    return async (shell) => {
      const project = rootDirectory(resolve(shell.cwd, cwd));
      const config = isOfStack ? await readStackConfig(choice, INSTEAD, shell) : {};
      const secrets: SecretSources = {
        environment: shell.environment,
        config: (name) => settingIn(config, name),
        rootDirectory: project,
      };
      const { ca, problems } = readCaJson(file, shell);
      const read = readRunningCaCertificates(ca, shell.now());
      const backends = new Backends({ secrets: await withSecretsOf(ca, secrets), notice: shell.err });
      const finder = new RunningCaKeyFinder(ca, backends);
      const found = read.certificates === undefined ? undefined : await finder.find(read.certificates, rootKey);
      refuseProblems(`"${file}"`, [...problems, ...read.problems, ...finder.problems]);
      if (read.certificates === undefined || found === undefined) {
        throw new Error("problems were found and not reported");
      }
      const { certificates } = read;
      const authority = await adoptedAuthority(ca, certificates, found, placeBelow(project));
      requireDeclarable(authority);
      const renewBefore = settingIn(config, "intermediateRenewBefore");
      const notes = adoptNotes(ca, certificates, found, { secrets, renewBefore, now: shell.now() });
      if (program) {
        shell.out(adoptedProgram(authority));
      } else if (importFile !== undefined) {
        const caJson = { config: ca.config, file: resolve(shell.cwd, file) };
        const resources = adoptedImports(authority, found, caJson, placeBelow(project));
        await writeCertificates(authority, project);
        await writeImports(resolve(shell.cwd, importFile), resources);
        foundLines(ca, certificates, found).forEach(shell.out);
        importLines(resources, importFile).forEach(shell.out);
      } else {
        const settings = stackSettings(authority, renewBefore);
        await checkStack(certificates, settings, config, choice, shell);
        if (!isDryRun) {
          await writeStack(authority, settings, { project, choice, instead: INSTEAD }, shell);
        }
        foundLines(ca, certificates, found).forEach(shell.out);
        shell.out(isDryRun ? "Settings, of which none was set:" : "Settings:");
        settingLines(settings).forEach((line) => {
          shell.out(`  ${line}`);
        });
        nextLines(ca, file).forEach(shell.out);
      }
      notes.map((note) => `note: ${note}`).forEach(shell.err);
      return 0;
    };
  },
};

/** Below a root elsewhere, a request asks for the name of the intermediate. */
function requireDeclarable({ root, subjects }: AdoptedAuthority): void {
  if (root === undefined && subjects.intermediate === undefined) {
    throw new PkiError(
      "INPUT_INVALID",
      "the root's key is not here, and no request can ask for a name like that of the intermediate. Nothing was changed",
      "Name the root's key with --root-key",
    );
  }
}

function readCaJson(file: string, { cwd }: Shell): ReturnType<typeof readRunningCa> {
  const path = resolve(cwd, file);
  const text = readGivenFile(path, file, "Name the ca.json of the step-ca that runs").toString("utf8");
  return readRunningCa(text, { path, name: file, cwd });
}

/** The secrets that `pulumi up` would find, and otherwise those in ca.json. */
async function withSecretsOf(
  { descriptor, kms, resolve: absolute }: RunningCa,
  given: SecretSources,
): Promise<SecretSources> {
  const inCaJson = (await descriptor?.takeover())?.secrets(kms) ?? {};
  return {
    ...given,
    config: (name) => {
      const value = inCaJson[name];
      return given.config(name) ?? (name.endsWith("File") && value !== undefined ? absolute(value) : value);
    },
  };
}
