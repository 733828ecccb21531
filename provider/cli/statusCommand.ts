import { resolve } from "node:path";
import { messageOf } from "../errors";
import { parseDuration } from "../words/duration";
import { type AuthorityStatus, authorityStatus, type CertificateStatus, waitingStatus } from "./certificateStatus";
import { findingLine } from "./certificateFindings";
import { type Command, outputsSource, parseOptions, SOURCE_OPTIONS, usageError } from "./command";
import { STATUS_HELP } from "./statusHelp";
import { compromiseText } from "./compromise";
import { type HostStatus, hostStatuses } from "./deploy/hostStatus";
import { readTargets, type TargetsSource } from "./deployTargets";
import { hostStatusText } from "./hostStatusText";
import { keySearchText } from "./keySearchText";
import { readLastRuns } from "./lastRuns";
import { metricText } from "./metricText";
import type { AuthorityOutputs } from "./outputs";
import { type OutputsSource, readOutputs } from "./outputsSource";
import { requestText } from "./requestStatus";
import { revocationListText } from "./revocationListStatus";
import { rotationStatusText } from "./rotationStatus";
import type { StackChoice } from "./pulumiQuestion";
import { readStackName } from "./stackName";
import type { Shell } from "./shell";
import { exitCodeOf, serviceLine, statusConcerns, unknownServiceLine } from "./statusConcerns";
import { type StatusFacts, statusMetrics } from "./statusMetrics";
import { table } from "./table";

/** The name of the root stack's authority, whose outputs are those of the stack. */
const ROOT_STACK_AUTHORITY = "ca";

/** `kms-pki status`: when the certificates end, and whether they verify. */
export const statusCommand: Command = {
  help: STATUS_HELP,
  failureCode: 3, // 1 and 2 say how the certificates are
  parse(args) {
    const values = parseOptions("status", args, {
      ...SOURCE_OPTIONS,
      json: { type: "boolean", default: false },
      warn: { type: "string", default: "30d" },
      check: { type: "boolean", default: false },
      prometheus: { type: "boolean", default: false },
      hosts: { type: "boolean", default: false },
      targets: { type: "string" },
    });
    const source = outputsSource("status", values);
    if (values.check && source.file !== undefined) {
      throw usageError("status", "--check reads the state of the stack, which --outputs does not contain");
    }
    if (values.json && values.prometheus) {
      throw usageError("status", "--json and --prometheus exclude each other");
    }
    const { hosts: areHostsAsked, targets } = values;
    if (areHostsAsked ? source.file !== undefined && targets === undefined : targets !== undefined) {
      throw usageError("status", "--hosts needs --targets with --outputs, and --targets needs --hosts");
    }
    const warnSeconds = parseDuration(values.warn);
    if (warnSeconds === undefined) {
      throw usageError("status", `--warn "${values.warn}" is not a duration such as 30d, 72h or 1h30m`);
    }
    const isForMonitor = values.check && !values.json && !values.prometheus;
    return (shell) =>
      show({ ...values, source, warnSeconds, areHostsAsked, targets }, shell).catch((error: unknown) => {
        if (isForMonitor) {
          shell.out(unknownServiceLine(messageOf(error)));
        }
        throw error;
      });
  },
};

/** What a call of the command asks for. */
interface StatusQuestion {
  readonly source: OutputsSource;
  readonly warnSeconds: number;
  /** Whether the key management services are asked for keys that the state does not know. */
  readonly check: boolean;
  readonly prometheus: boolean;
  readonly json: boolean;
  readonly areHostsAsked: boolean;
  readonly targets: string | undefined;
}

/** Prints the status, and returns the exit code. */
async function show(question: StatusQuestion, shell: Shell): Promise<number> {
  const { source, warnSeconds, check, prometheus, json, areHostsAsked, targets } = question;
  const now = shell.now();
  const { lintCertificate } = await import("../x509/lint/lint.js");
  const outputs = await readOutputs(source, shell);
  const status =
    "waitsFor" in outputs ? waitingStatus(outputs, now) : authorityStatus(outputs, now, warnSeconds, lintCertificate);
  // Loaded on demand, because it loads the code that makes certificates.
  const search = check ? await (await import("./keySearch.js")).searchKeys(source, shell) : undefined;
  const hosts =
    areHostsAsked && !("waitsFor" in outputs)
      ? await askHosts(outputs, { ...source, ...(targets === undefined ? {} : { targets }) }, shell)
      : undefined;
  if (prometheus) {
    const facts = {
      ...{ authority: outputs.name ?? ROOT_STACK_AUTHORITY, now },
      ...(search === undefined ? {} : { search }),
      ...(hosts === undefined ? {} : { hosts }),
      ...(source.file === undefined ? await askPulumi(source, shell) : {}),
    };
    shell.out(metricText(statusMetrics(status, facts)));
    return 0;
  }
  const concerns = statusConcerns(status, search, hosts);
  const lines = [
    ...(check ? [serviceLine(status, concerns), ""] : []),
    ...(status.certificates.length === 0 ? ["The authority has no certificates yet."] : [statusText(status)]),
    ...(status.requests === undefined ? [] : requestText(status.requests)),
    ...revocationListText(status.revocationLists ?? []),
    ...(status.compromise ? compromiseText(status.compromise) : []),
    ...(status.rotation ? rotationStatusText(status.rotation, now) : []),
    ...(search === undefined ? [] : keySearchText(search)),
    ...(hosts === undefined ? [] : hostStatusText(hosts)),
  ];
  shell.out(json ? JSON.stringify({ ...status, ...search, hosts }, null, 2) : lines.join("\n"));
  return exitCodeOf(concerns);
}

async function askPulumi(source: StackChoice, shell: Shell): Promise<Pick<StatusFacts, "stack" | "runs">> {
  const [stack, runs] = await Promise.all([readStackName(source, shell), readLastRuns(source, shell)]);
  return { stack, runs };
}

async function askHosts(
  { intermediate, generations }: AuthorityOutputs,
  source: TargetsSource,
  shell: Shell,
): Promise<HostStatus[]> {
  const expected = {
    bundlePem: generations.intermediateBundlePem ?? intermediate.certificatePem,
    rootsPem: generations.roots.map(({ certificatePem }) => certificatePem).join(""),
  };
  return hostStatuses(await readTargets(source, shell), expected, resolve(shell.cwd, source.cwd), shell.environment);
}

function statusText({ certificates, sshKeys }: AuthorityStatus): string {
  const isRotated = [...certificates, ...sshKeys].some(({ generation }) => generation !== undefined);
  const isRenewed = certificates.some(({ renewalTime }) => renewalTime !== undefined);
  const generationCells = (cells: readonly string[]): readonly string[] => (isRotated ? cells : []);
  const lines = table([
    [
      ...["CERTIFICATE", ...generationCells(["GENERATION", "STATE"]), "STATUS", "ENDS", "DAYS LEFT"],
      ...[...(isRenewed ? ["RENEWAL"] : []), "SERIAL NUMBER", "SUBJECT", "KEY"],
    ],
    ...certificates.map((certificate) => {
      const { name, state = "", status, notAfter, daysLeft, serialNumber, subject, keyUri } = certificate;
      return [
        ...[name, ...generationCells([generationCell(certificate), state]), status, day(notAfter), String(daysLeft)],
        ...[...(isRenewed ? [renewalCell(certificate)] : []), serialNumber, subject, keyUri],
      ];
    }),
  ]);
  for (const certificate of certificates) {
    const { name, problem, revocation, findings = [] } = certificate;
    const which = `The ${name}${isRotated ? ` ${generationCell(certificate)}` : ""}`;
    lines.push(
      ...(problem === undefined ? [] : [`${which} is broken: ${problem}.`]),
      ...(revocation === undefined
        ? []
        : [`${which} was revoked on ${day(revocation.revokedAt)} (${revocation.reason}).`]),
      ...findings.map((finding) => `${which} has a lint ${findingLine(finding)}.`),
    );
  }
  if (sshKeys.length > 0) {
    lines.push(
      "",
      ...table([
        ["SSH KEY", ...generationCells(["GENERATION", "STATE"]), "FINGERPRINT", "KEY"],
        ...sshKeys.map((key) => [
          ...[key.name, ...generationCells([generationCell(key), key.state ?? ""]), key.fingerprint, key.keyUri],
        ]),
      ]),
    );
  }
  return lines.join("\n");
}

function day(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}

/** The generation; for a cross certificate, both roots: `2 by 1`. */
function generationCell({
  generation,
  issuerGeneration,
}: Pick<CertificateStatus, "generation" | "issuerGeneration">): string {
  return [generation, issuerGeneration].filter((each) => each !== undefined).join(" by ");
}

function renewalCell({ renewalTime, readyForRenewal }: CertificateStatus): string {
  return readyForRenewal === true ? "due" : day(renewalTime ?? "");
}
