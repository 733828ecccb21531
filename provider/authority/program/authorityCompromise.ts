import { all, output, type Output } from "../../pulumi";
import { fingerprintSha256, readCertificate } from "../../x509/certificate";
import { revokedHostKeys, trustedUserCaKeys } from "../../ssh/trustLines";
import type { AuthorityPlan } from "../plan";
import { NOTHING } from "./authorityOutputs";
import type { AuthoritySshKeys } from "./authoritySshKeys";
import type { DeclaredAuthority } from "./declaredAuthority";

/** A certificate of or by a compromised key. */
export interface WithdrawnCertificate {
  /** `intermediate-g1`, `root-g1-by-root`. */
  readonly name: string;
  /** Hex. */
  readonly serialNumber: string;
  /** PEM. */
  readonly certificate: string;
}

/** What is compromised, and what you do now. */
export interface Compromise {
  /** The compromised generations, by label. */
  readonly generations: readonly string[];
  /** What you do, in this order. */
  readonly steps: readonly string[];
  /** SHA-256 of the roots that clients may trust, in hex, the active one first. */
  readonly rootFingerprints: readonly string[];
  /** The certificates that nothing serves any more. */
  readonly certificates: readonly WithdrawnCertificate[];
  /** The content of a file for sshd's `RevokedKeys`: the compromised SSH keys, one a line. */
  readonly sshRevokedKeys: string;
  /** The lines of a client's `known_hosts` that refuse hosts with certificates of a compromised host CA. */
  readonly sshRevokedHosts: string;
}

/** What is compromised, as an output; undefined if no key is. */
export function authorityCompromise(
  { compromise, withdrawn: outOfService }: AuthorityPlan,
  declared: DeclaredAuthority,
  sshKeys: AuthoritySshKeys | undefined,
): Output<Compromise | undefined> {
  if (compromise === undefined) {
    return NOTHING;
  }
  const withdrawn = outOfService.filter(({ state }) => state === "compromised");
  const certificates = withdrawn.map(({ name }) => output(declared.certificate({ name }).certificatePem));
  return all([
    all(certificates),
    declared.roots,
    sshKeys?.revoked("user") ?? output([]),
    sshKeys?.revoked("host") ?? output([]),
  ]).apply(([pems, rootPems, user, host]) => ({
    ...compromise,
    rootFingerprints: rootPems.map((pem) => fingerprintSha256(readCertificate(pem))),
    certificates: withdrawn.flatMap(({ name }, index) => withdrawnCertificate(name, pems[index] ?? "")),
    sshRevokedKeys: trustedUserCaKeys([...user, ...host]),
    sshRevokedHosts: revokedHostKeys(host),
  }));
}

/** A certificate that was withdrawn before it was ever issued is none. */
function withdrawnCertificate(name: string, pem: string): WithdrawnCertificate[] {
  return pem === "" ? [] : [{ name, serialNumber: readCertificate(pem).serialNumber.toLowerCase(), certificate: pem }];
}
