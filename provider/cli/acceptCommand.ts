import { join, resolve } from "node:path";
import { PkiError } from "../errors";
import { rootDirectory } from "../words/rootDirectory";
import type { Answer } from "../x509/answer";
import { fingerprintSha256 } from "../x509/certificate";
import { ACCEPT_HELP } from "./acceptHelp";
import { type Command, outputsSource, parseFiles, SOURCE_OPTIONS, usageError } from "./command";
import { readGivenFile } from "./givenFile";
import { type OutputsSource, readOutputs } from "./outputsSource";
import { planFile, writePlannedFile } from "./plannedFile";
import { answerLine } from "./programLines";
import { readProjectFile } from "./projectFile";
import { runPulumi } from "./pulumiQuestion";
import type { RequestOutputs } from "./requestOutputs";
import type { Shell } from "./shell";
import { readStackConfig, settingIn } from "./stackConfig";

/** The setting that names the files of the answers, by the name of the request. */
const SETTING = "kms-pki:intermediateCertificates";

const INSTEAD = `set ${SETTING} yourself`;

/** `kms-pki accept`: takes the answer of an issuer elsewhere. */
export const acceptCommand: Command = {
  help: ACCEPT_HELP,
  failureCode: 1,
  parse(args) {
    const { values, positionals } = parseFiles("accept", args, {
      ...SOURCE_OPTIONS,
      chain: { type: "string", multiple: true, default: [] },
      "dry-run": { type: "boolean", default: false },
    });
    const [file = "", other] = positionals;
    if (other !== undefined) {
      throw usageError("accept", "One answer is taken at a time. Give the certificates above it with --chain");
    }
    const source = outputsSource("accept", values);
    if (source.file !== undefined && !values["dry-run"]) {
      throw usageError("accept", "--outputs only checks an answer: add --dry-run");
    }
    return async (shell) => {
      const text = [file, ...values.chain].map((each) => read(each, shell)).join("\n");
      const outputs = await readOutputs(source, shell);
      const requests = "waitsFor" in outputs ? outputs.waitsFor : outputs.requests;
      if (!("waitsFor" in outputs) && outputs.isElsewhere && requests.length === 0) {
        throw new PkiError(
          "ANSWER_MISMATCH",
          "the adopted intermediate is not due, so there is no request yet",
          "Wait for its renewal, or lengthen intermediateRenewBefore and run pulumi up",
        );
      }
      // Loaded on demand, because it loads the code that reads certificates in full.
      const { answerToOneOf, answerText } = await import("./answerToRequest.js");
      const { request, answer } = answerToOneOf(requests, text, `"${file}"`, shell.now());
      const { lines, note } = answerText(request, answer);
      lines.forEach(shell.out);
      if (note !== undefined) {
        shell.err(`note: ${note}`);
      }
      if (values["dry-run"]) {
        shell.out("Nothing was changed (--dry-run).");
        return 0;
      }
      refuseUnread(request);
      const isRootStack = settingIn(await readStackConfig(source, INSTEAD, shell), "kms") !== undefined;
      const stored = await store(request, answer, source, shell);
      if (isRootStack) {
        await setAnswer(request, stored, source, shell);
      }
      nextLines(request, stored, isRootStack, resolve(shell.cwd, source.cwd)).forEach(shell.out);
      return 0;
    };
  },
};

/** Refuses an answer that the program would not read. */
function refuseUnread({ name, isAnsweredByProgram }: RequestOutputs): void {
  if (isAnsweredByProgram) {
    throw new PkiError(
      "INPUT_INVALID",
      `a function in the program gives the answer for ${name}, so nothing would read this one. It was not accepted`,
      "Have the function in intermediate.answers return it, or only check it with --dry-run",
    );
  }
}

/** Stores the answer beside Pulumi.yaml. Its name tells its content, so no other is overwritten. */
async function store(
  { name }: RequestOutputs,
  { certificate, above }: Answer,
  { cwd }: OutputsSource,
  shell: Shell,
): Promise<string> {
  const file = `${name}-${fingerprintSha256(certificate).slice(0, 8)}.pem`;
  const path = join(rootDirectory(resolve(shell.cwd, cwd)), file);
  await writePlannedFile(await planFile(path, [certificate, ...above].join(""), READABLE));
  return file;
}

/** Names the answer in the config, which only the root stack reads. */
async function setAnswer(
  { name }: RequestOutputs,
  file: string,
  { cwd, stack }: OutputsSource,
  shell: Shell,
): Promise<void> {
  await runPulumi(
    {
      command: ["config", "set", "--path", `${SETTING}.${name}`, file],
      name: "pulumi config set",
      code: "PULUMI_FAILED",
      instead: INSTEAD,
    },
    { cwd, ...(stack === undefined ? {} : { stack }) },
    shell,
  );
}

/** What was done, and what the user does next. */
function nextLines({ name }: RequestOutputs, file: string, isRootStack: boolean, project: string): string[] {
  return isRootStack
    ? [`✔ ${SETTING}: ${name} is now ${file}. The next pulumi up takes it.`]
    : [
        `✔ ${file} beside Pulumi.yaml holds the answer. Give it in the program, beside the answers for other generations:`,
        `    ${answerLine(readProjectFile(project)?.runtime, name, file)}`,
        "  The next pulumi up takes it.",
      ];
}

/** Certificates are public, and the file belongs into version control. */
const READABLE = 0o644;

function read(file: string, shell: Shell): string {
  return readGivenFile(resolve(shell.cwd, file), file, "Name a readable file").toString("utf8");
}
