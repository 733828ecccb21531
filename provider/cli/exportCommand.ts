import { join, posix } from "node:path";
import { kmsRegistry } from "../kms/registry/registry";
import type { KeyRole } from "../authority/keyNames";
import { exportAuthority, exportRequests, type ExportedFiles } from "./authorityExport";
import { type Command, outputsSource, parseOptions, SOURCE_OPTIONS, usageError } from "./command";
import { EXPORT_HELP } from "./exportHelp";
import { exportHelmValues } from "./helmExport";
import type { AuthorityOutputs } from "./outputs";
import { requestStatus, whatToDo } from "./requestStatus";
import { readOutputs } from "./outputsSource";

/** `kms-pki export`: the certificates, SSH public keys, attestations and ca.json as files. */
export const exportCommand: Command = {
  help: EXPORT_HELP,
  failureCode: 1,
  parse(args) {
    const values = parseOptions("export", args, {
      ...SOURCE_OPTIONS,
      dir: { type: "string", default: "ca" },
      prefix: { type: "string" },
      merge: { type: "string" },
      force: { type: "boolean", default: false },
      helm: { type: "boolean", default: false },
      kustomize: { type: "boolean", default: false },
    });
    const source = outputsSource("export", values);
    const { dir: directory, prefix, merge, force, helm, kustomize } = values;
    const places = { helm, kustomize, prefix: prefix !== undefined, merge: merge !== undefined };
    const chosen = Object.entries(places).flatMap(([name, isChosen]) => (isChosen ? [`--${name}`] : []));
    if ((helm || kustomize) && chosen.length > 1) {
      throw usageError("export", `${chosen.join(" and ")} exclude each other`);
    }
    if (prefix !== undefined && !posix.isAbsolute(prefix)) {
      throw usageError("export", `--prefix "${prefix}" is not an absolute path`);
    }
    return async (shell) => {
      const outputs = await readOutputs(source, shell);
      if ("waitsFor" in outputs) {
        const written = await exportRequests(outputs, directory, shell.cwd);
        written.forEach(({ name, path }) => {
          shell.out(`✔ Certificate Request (${name}): ${path}`);
        });
        shell.err("note: there is no ca.json yet, because the issuer elsewhere has not answered");
        requestStatus(outputs, shell.now()).forEach((request) => {
          shell.err(`note: ${whatToDo(request)}`);
        });
        return 0;
      }
      const say = (notes: readonly string[]): void => {
        notes.map((note) => `note: ${note}`).forEach(shell.err);
      };
      const { environment } = shell;
      if (helm) {
        const { path, notes } = await exportHelmValues(
          outputs,
          { directory, project: source.cwd, force, environment },
          shell.cwd,
        );
        shell.out(`✔ Helm Values: ${path}`);
        say(notes);
        return 0;
      }
      const { files, notes } = await exportAuthority(
        outputs,
        {
          directory,
          project: source.cwd,
          ...(prefix === undefined ? {} : { prefix }),
          ...(merge === undefined ? {} : { merge }),
          ...{ force, kustomize, environment },
        },
        shell.cwd,
      );
      summary(outputs, files, directory).forEach(shell.out);
      say(notes);
      return 0;
    };
  },
};

/** The output of smallstep's init tools, and the attestations. */
function summary(
  { root, intermediate, ssh, attestations, requests }: AuthorityOutputs,
  files: ExportedFiles,
  directory: string,
): string[] {
  const attestation = (role: KeyRole, name: string): string[] => {
    const [file, format] = [files.attestations[role], attestations[role]?.format];
    return file === undefined ? [] : [`✔ ${name} Attestation: ${file} (${format ?? ""})`];
  };
  return [
    `✔ Root Key: ${kmsRegistry.shownUri(root.key)}`,
    `✔ Root Certificate: ${files.root}`,
    ...files.otherRoots.map(({ state, path }) => `✔ Root Certificate (${state}): ${path}`),
    ...attestation("root", "Root"),
    `✔ Intermediate Key: ${kmsRegistry.shownUri(intermediate.key)}`,
    `✔ Intermediate Certificate: ${files.intermediate}`,
    ...attestation("intermediate", "Intermediate"),
    "",
    ...(ssh === undefined
      ? []
      : [
          `✔ SSH User Public Key: ${files.sshUser}`,
          `✔ SSH User Private Key: ${kmsRegistry.shownUri(ssh.user.key)}`,
          `✔ SSH Host Public Key: ${files.sshHost}`,
          `✔ SSH Host Private Key: ${kmsRegistry.shownUri(ssh.host.key)}`,
        ]),
    ...attestation("ssh-user-key", "SSH User Key"),
    ...attestation("ssh-host-key", "SSH Host Key"),
    ...requests.map(({ name }) => `✔ Certificate Request (${name}): ${join(directory, `${name}.csr`)}`),
    ...files.lists.map(({ name, path }) => `✔ Revocation List (${name}): ${path}`),
    `✔ CA Configuration: ${files.caConfig}`,
  ];
}
