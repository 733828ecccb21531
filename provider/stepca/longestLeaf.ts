import { isJsonObject, type JsonObject } from "./jsonObject";

/** The longest lifetimes of certificates that a step-ca issues, in seconds. */
export interface LongestLeaf {
  readonly tls: number;
  readonly sshUser: number;
  readonly sshHost: number;
}

const HOUR = 3_600;

/** The claim that limits each kind of certificate, and step-ca's default. */
const CLAIMS: Readonly<Record<keyof LongestLeaf, { claim: string; seconds: number }>> = {
  tls: { claim: "maxTLSCertDuration", seconds: 24 * HOUR },
  sshUser: { claim: "maxUserSSHCertDuration", seconds: 24 * HOUR },
  sshHost: { claim: "maxHostSSHCertDuration", seconds: 30 * 24 * HOUR },
};

/**
 * The longest lifetimes of certificates that step-ca issues with a ca.json, from the claims of each provisioner, or
 * else of the authority, or else step-ca's defaults.
 *
 * @returns the largest of all provisioners. A claim that is not a duration, which step-ca refuses, is ignored
 */
export function longestLeaf({ authority }: JsonObject): LongestLeaf {
  const settings = isJsonObject(authority) ? authority : {};
  const provisioners: unknown = settings["provisioners"];
  const own = (Array.isArray(provisioners) ? (provisioners as unknown[]) : []).filter(isJsonObject);
  const longest = (kind: keyof LongestLeaf): number => {
    const { claim, seconds } = CLAIMS[kind];
    const general = claimed(settings, claim) ?? seconds;
    return own.length === 0 ? general : Math.max(...own.map((provisioner) => claimed(provisioner, claim) ?? general));
  };
  return { tls: longest("tls"), sshUser: longest("sshUser"), sshHost: longest("sshHost") };
}

function claimed({ claims }: JsonObject, claim: string): number | undefined {
  const value = isJsonObject(claims) ? claims[claim] : undefined;
  return typeof value === "string" ? parseGoDuration(value) : undefined;
}

const GO_UNITS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Go's own notation, `720h0m0s` or `1.5h`, rounded up to whole seconds. */
function parseGoDuration(text: string): number | undefined {
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:h|m(?!s)|s|ms|us|µs|ns))+$/.test(text)) {
    return undefined;
  }
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return Math.ceil(parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (GO_UNITS[unit] ?? NaN), 0));
}
