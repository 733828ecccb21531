import { X509Certificate } from "node:crypto";
import { subjectLine } from "../../x509/subjectLine";
import type { HostSettings } from "./deploySettings";
import { HostShell } from "./hostShell";
import { chainFault, chainIn, isSameChain, issuersOf, servedChain } from "./servedChain";

/** What a host can serve, in comparison with the stack. */
export const HOST_STATUSES = ["current", "different", "broken", "unreachable"] as const;

/** What a host of step-ca serves, in comparison with the stack. */
export interface HostStatus {
  readonly host: string;
  readonly url: string;
  /**
   * `current`: the chain of the stack. `different`: another chain under the stack's roots. `broken`: a chain that does not verify up to
   * the stack's roots now. `unreachable`: nothing answers.
   */
  readonly status: (typeof HOST_STATUSES)[number];
  /** The subject of the intermediate that is served. */
  readonly issuer?: string;
  /** When step-ca's own certificate ends, and when that intermediate does, in ISO 8601. */
  readonly notAfter?: string;
  readonly issuerNotAfter?: string;
  /** Why the chain is broken, as openssl says it. */
  readonly problem?: string;
}

/** What the hosts should serve. */
export interface ExpectedChain {
  /** The content of the file that `crt` of ca.json names, PEM. */
  readonly bundlePem: string;
  /** The roots, PEM. */
  readonly rootsPem: string;
}

/**
 * Asks every host at once what it serves.
 *
 * @param cwd the folder from which hosts are reached, absolute
 */
export function hostStatuses(
  hosts: readonly HostSettings[],
  expected: ExpectedChain,
  cwd: string,
  environment: NodeJS.ProcessEnv,
): Promise<HostStatus[]> {
  const here = new HostShell({ here: true }, cwd, environment);
  return Promise.all(
    hosts.map((host) => {
      const prober = host.probe === "here" ? here : new HostShell(host.reach, cwd, environment);
      return hostStatus(host, expected, prober, here);
    }),
  );
}

async function hostStatus(
  host: HostSettings,
  { bundlePem, rootsPem }: ExpectedChain,
  prober: HostShell,
  here: HostShell,
): Promise<HostStatus> {
  const chain = await servedChain(prober, host);
  const [own, issuer] = chain.map((each) => new X509Certificate(Buffer.from(each, "base64")));
  const asked = { host: host.name, url: host.url };
  if (own === undefined) {
    return { ...asked, status: "unreachable" };
  }
  const problem = await chainFault(chain, rootsPem, false, here);
  const isCurrent = isSameChain(issuersOf(chain), chainIn(bundlePem));
  return {
    ...asked,
    status: problem !== undefined ? "broken" : isCurrent ? "current" : "different",
    notAfter: new Date(own.validTo).toISOString(),
    ...(issuer === undefined
      ? {}
      : { issuer: subjectLine(issuer), issuerNotAfter: new Date(issuer.validTo).toISOString() }),
    ...(problem === undefined ? {} : { problem }),
  };
}
