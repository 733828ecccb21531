import { parseDuration } from "../inputs/duration";
import { type AuthorityStatus, authorityStatus, exitCode } from "./certificateStatus";
import { type Command, outputsSource, parseOptions, SOURCE_OPTIONS, usageError } from "./command";
import { STATUS_HELP } from "./help";
import { readOutputs } from "./outputsSource";
import { table } from "./table";

/** `kms-pki status`: how long the certificates last, and whether they verify. */
export const statusCommand: Command = {
  help: STATUS_HELP,
  failureCode: 3, // 1 and 2 say how the certificates are
  parse(args) {
    const values = parseOptions("status", args, {
      ...SOURCE_OPTIONS,
      json: { type: "boolean", default: false },
      warn: { type: "string", default: "30d" },
    });
    const source = outputsSource("status", values);
    const warnSeconds = parseDuration(values.warn);
    if (warnSeconds === undefined) {
      throw usageError("status", `--warn "${values.warn}" is no duration such as 30d, 72h or 1h30m`);
    }
    return async (shell) => {
      const status = authorityStatus(await readOutputs(source, shell), shell.now(), warnSeconds);
      shell.out(values.json ? JSON.stringify(status, null, 2) : statusText(status));
      return exitCode(status.status);
    };
  },
};

function statusText({ certificates, sshKeys }: AuthorityStatus): string {
  const lines = table([
    ["CERTIFICATE", "STATUS", "ENDS", "DAYS LEFT", "SERIAL NUMBER", "SUBJECT", "KEY"],
    ...certificates.map(({ name, status, notAfter, daysLeft, serialNumber, subject, keyUri }) => {
      const [date = ""] = notAfter.split("T");
      return [name, status, date, String(daysLeft), serialNumber, subject, keyUri];
    }),
  ]);
  for (const { name, problem } of certificates) {
    if (problem !== undefined) {
      lines.push(`The ${name} is broken: ${problem}.`);
    }
  }
  if (sshKeys.length > 0) {
    lines.push(
      "",
      ...table([
        ["SSH KEY", "FINGERPRINT", "KEY"],
        ...sshKeys.map(({ name, fingerprint, keyUri }) => [name, fingerprint, keyUri]),
      ]),
    );
  }
  return lines.join("\n");
}
