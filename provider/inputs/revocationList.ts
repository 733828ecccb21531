import type { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { checkDuration, parseDuration } from "../words/duration";
import { invalid, type Problem, problemsOf } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { readCertificate } from "../x509/certificate";
import type * as paths from "../x509/certificationPath";
import { checkSwitch } from "./form";
import { checkRenewBefore } from "./renewal";
import { checkRevokedCertificates } from "./revokedCertificate";
import { checkUrl, LIST_SCHEMES } from "./urls";
import { checkWithdrawal } from "./withdrawal";

/** How long a list is valid, and how long before its end the next one is issued, unless the program says otherwise. */
export const LIST_DEFAULTS = { validity: "30d", renewBefore: "1/3" } as const;

/** Checks everything that can be checked of a revocation list before it is issued. Unknown values are skipped. */
export function checkRevocationList(inputs: Readonly<Record<string, unknown>>, now: Date): Problem[] {
  const { revoked, issuer, validity, renewBefore, url, onlyContainsCACerts } = inputs;
  return [
    ...checkRevokedCertificates(revoked, "revoked", now),
    ...(inputs["withdrawn"] === true ? [] : checkIssuedBy(revoked, issuer)),
    ...checkWithdrawal(inputs),
    ...checkDuration(validity, "validity", now),
    ...checkRenewBefore(renewBefore, listLifetime(validity), "renewBefore", now),
    ...(url === undefined ? [] : checkUrl(url, "url", LIST_SCHEMES)),
    ...checkSwitch(onlyContainsCACerts, "onlyContainsCACerts"),
    ...checkSwitch(inputs["withdrawn"], "withdrawn"),
  ];
}

/** How long a list is valid, in seconds; undefined if that is unknown. */
export function listLifetime(validity: unknown = LIST_DEFAULTS.validity): number | undefined {
  return typeof validity === "string" ? parseDuration(validity) : undefined;
}

// Loaded only for a certificate to revoke, because loading takes a while.
const load = createRequire(__filename);

/** Checks that the CA issued the certificates of the list: a list covers only its issuer's own. */
function checkIssuedBy(revoked: unknown, issuer: unknown): Problem[] {
  const issuerPem = fieldOf(issuer, "certificatePem");
  if (!Array.isArray(revoked) || typeof issuerPem !== "string" || issuerPem === UNKNOWN) {
    return [];
  }
  return revoked.flatMap((entry: unknown, at) => {
    const [certificate, ca] = [readable(fieldOf(entry, "certificatePem")), readable(issuerPem)];
    if (certificate === undefined || ca === undefined) {
      return [];
    }
    const { isIssuedBy } = load("../x509/certificationPath") as typeof paths;
    return isIssuedBy(certificate, ca)
      ? []
      : [
          invalid(
            `revoked[${String(at)}].certificatePem`,
            "another CA issued this certificate, and a list covers only the certificates of its issuer",
            "Put it on the list of the CA that issued it",
          ),
        ];
  });
}

/** A certificate; undefined if it is unknown, or unreadable, which another check reports. */
function readable(pem: unknown): X509Certificate | undefined {
  let certificate: X509Certificate | undefined;
  if (typeof pem === "string") {
    problemsOf(() => {
      certificate = readCertificate(pem);
    }, "");
  }
  return certificate;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
}
