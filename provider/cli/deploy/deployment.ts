import { X509Certificate } from "node:crypto";
import { messageOf, PkiError } from "../../errors";
import { parseSshPublicKey } from "../../ssh/publicKeyLine";
import type { SshKeyType } from "../../stepca/sshKeys";
import { readCertificates } from "../../x509/pem";
import type { DeployReport } from "./deployReport";
import type { HostSettings } from "./deploySettings";
import type { Handover } from "./handover";
import { hostError } from "./hostError";
import { HostFailure } from "./hostShell";
import { hostOrder, type PlannedHost } from "./hostOrder";
import { type HostTrust, sshTrust } from "./hostTrust";
import { Interrupted } from "./interruption";
import { pathsIn, type Release } from "./release";
import { type Chain, issuersOf } from "./servedChain";

/** The choices of a deployment. */
export interface DeploymentChoice {
  /** Whether an authority may be replaced with another. */
  readonly newAuthority: boolean;
  /** Whether only to tell what would change. */
  readonly dryRun: boolean;
}

/** The files of the active SSH keys, from which a host's keys are known. */
const SSH_FILES: Readonly<Record<SshKeyType, string>> = { user: "ssh_user_ca_key.pub", host: "ssh_host_ca_key.pub" };

/**
 * Hands over to each host of step-ca, one after the other. A failure stops it. Hosts that cannot be reached are left to the next run.
 *
 * @returns the exit code: 0 if every host serves what the stack says, 1 if one does not and reads what it read before, 2 if a previous
 * ca.json was put back, 3 if a host needs a person, 128 and more after a signal
 */
export async function deployTo(
  handovers: readonly Handover[],
  { newAuthority, dryRun }: DeploymentChoice,
  report: DeployReport,
): Promise<number> {
  const { reached, unreachable } = await lookAtAll(handovers, report);
  if (reached.length === 0) {
    return 1;
  }
  let ordered = reached;
  if (handovers.length > 1 && !newAuthority) {
    const planned = await Promise.all(reached.map(plannedHost));
    const order = hostOrder(
      planned,
      unreachable.map(({ host }) => host.name),
    );
    if (order.refusals.length > 0) {
      throw new PkiError(
        "TRUST_MISSING",
        `hosts would serve what another host does not trust:\n${order.refusals.map((line) => `  ${line}`).join("\n")}\nNothing was changed on any host`,
        "Make the hosts that cannot be asked answer, then run this again. If the authority was replaced on purpose, give --new-authority",
      );
    }
    ordered = order.names.flatMap((name) => reached.filter(({ host }) => host.name === name));
  }
  if (dryRun) {
    for (const handover of ordered) {
      await tellPlan(handover, report);
    }
    return unreachable.length > 0 ? 1 : 0;
  }
  const code = await handOverAll(ordered, newAuthority, report);
  return Math.max(code, unreachable.length > 0 ? 1 : 0);
}

async function lookAtAll(
  handovers: readonly Handover[],
  report: DeployReport,
): Promise<{ reached: Handover[]; unreachable: Handover[] }> {
  const [reached, unreachable]: [Handover[], Handover[]] = [[], []];
  for (const handover of handovers) {
    try {
      await handover.look();
      reached.push(handover);
    } catch (error) {
      if (!(error instanceof PkiError) || error.code !== "HOST_UNREACHABLE") {
        throw error;
      }
      unreachable.push(handover);
      report({ event: "unreachable", host: handover.host.name, code: error.code, message: error.message });
    }
  }
  return { reached, unreachable };
}

async function handOverAll(
  handovers: readonly Handover[],
  newAuthority: boolean,
  report: DeployReport,
): Promise<number> {
  const done: Handover[] = [];
  // Between two authorities, no host trusts another until all are done. So all of them go back if one fails.
  const areTogether = newAuthority && handovers.length > 1;
  for (const [at, handover] of handovers.entries()) {
    try {
      await handover.handOver();
      done.push(handover);
      if (!areTogether) {
        await handover.settle();
      }
    } catch (error) {
      const failure = failureOf(error, handover, report);
      const codes = [await handover.settle()];
      for (const earlier of areTogether ? done.reverse() : []) {
        codes.push(await earlier.revert());
      }
      if (handovers.length > 1) {
        tellWhere(
          areTogether ? [] : done,
          [...(areTogether ? done : []), handover, ...handovers.slice(at + 1)],
          report,
        );
      }
      const worst = Math.max(...codes);
      return worst === 0 ? failure : worst;
    }
  }
  for (const handover of areTogether ? done : []) {
    await handover.settle();
  }
  return 0;
}

function tellWhere(done: readonly Handover[], others: readonly Handover[], report: DeployReport): void {
  const names = (handovers: readonly Handover[]): string => handovers.map(({ host }) => host.name).join(", ");
  report({
    event: "failed",
    message: `what the stack says is served by ${names(done) || "no host"}, and not by ${names(others)}. Run this again`,
  });
}

function failureOf(error: unknown, { host }: Handover, report: DeployReport): number {
  const isExpected = error instanceof PkiError || error instanceof Interrupted || error instanceof HostFailure;
  report({
    event: "failed",
    host: host.name,
    ...(error instanceof PkiError ? { code: error.code } : {}),
    message: isExpected ? messageOf(error) : `an internal error: ${messageOf(error)}`,
  });
  return error instanceof Interrupted ? error.exitCode : 1;
}

async function tellPlan(handover: Handover, report: DeployReport): Promise<void> {
  const { host, found } = handover;
  const { missingNames: missing, isServed } = found;
  const fields = isServed ? [] : await asked(host, () => found.changedFields());
  const message =
    isServed && missing.length === 0
      ? `nothing would change; step-ca at ${host.url} serves what the stack says`
      : [
          ...(missing.length === 0 ? [] : [`would send ${missing.join(" ")}`]),
          ...(fields.length === 0 ? [] : [`would change ca.json in: ${fields.join(", ")}`]),
          ...(isServed ? [] : [`would signal step-ca: ${host.reload}`]),
        ].join("; ");
  report({ event: "planned", host: host.name, fields, files: missing, message });
}

async function plannedHost(handover: Handover): Promise<PlannedHost> {
  const { host, release, found } = handover;
  const present = await asked(host, () => presentTrust(handover));
  return { name: host.name, present, next: nextTrust(release), isDone: found.isServed };
}

/** Asks a host that has answered before. */
async function asked<Answer>(host: HostSettings, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof HostFailure)) {
      throw cause;
    }
    const remedy = "Run this again when it answers. Nothing was changed on any host";
    throw hostError(host, "HOST_UNREACHABLE", "it no longer answers", remedy, cause);
  }
}

function nextTrust({ config, rootsPem, issuers, copies }: Release): HostTrust {
  const lineOf = (type: SshKeyType): string | undefined =>
    copies.find(({ name }) => name === SSH_FILES[type])?.content.toString("utf8");
  return {
    roots: readCertificates(rootsPem, "root"),
    issuers: certificatesOf(issuers),
    ssh: sshTrust(config, activeKeys(lineOf)),
  };
}

/** What a host trusts by its ca.json, and serves; undefined if it has no ca.json. */
async function presentTrust(handover: Handover): Promise<HostTrust | undefined> {
  const { folder, found, host } = handover;
  const config = await found.presentConfig();
  if (Object.keys(config).length === 0) {
    return undefined;
  }
  const isPlain = (path: string): boolean => /^\/[A-Za-z0-9._@+/-]+$/.test(path);
  const named = { root: pathsIn(config, "root").filter(isPlain), crt: pathsIn(config, "crt").filter(isPlain) };
  const files = await folder.show([...named.root, ...named.crt, ...Object.values(SSH_FILES)]);
  const read = (paths: readonly string[]): X509Certificate[] =>
    paths.flatMap((path) => readCertificates(files.get(path) ?? "", `${path} of ${host.name}`));
  return {
    roots: read(named.root),
    issuers: found.before.length > 1 ? certificatesOf(issuersOf(found.before)) : read(named.crt),
    ssh: sshTrust(
      config,
      activeKeys((type) => files.get(SSH_FILES[type])),
    ),
  };
}

function activeKeys(lineOf: (type: SshKeyType) => string | undefined): Partial<Record<SshKeyType, string>> {
  const fingerprint = (type: SshKeyType): string | undefined => parseSshPublicKey(lineOf(type) ?? "")?.fingerprint;
  const [user, host] = [fingerprint("user"), fingerprint("host")];
  return { ...(user === undefined ? {} : { user }), ...(host === undefined ? {} : { host }) };
}

function certificatesOf(chain: Chain): X509Certificate[] {
  return chain.map((each) => new X509Certificate(Buffer.from(each, "base64")));
}
