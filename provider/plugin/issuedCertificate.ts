import type { X509Certificate } from "node:crypto";
import { renewalTime } from "../inputs/renewal";
import { hasFixedEnd } from "../inputs/validity";
import { UNKNOWN } from "../words/unknown";
import { chainBelowRoot, fingerprintSha256, readCertificate, validityOf } from "../x509/certificate";
import { chainNameConstraints } from "../x509/certificateNameConstraints";
import { certificatesPem } from "../x509/pem";
import { subjectKeyIdentifier } from "../x509/subjectKeyIdentifier";
import type { Facts, PluginResourceType } from "./resourceType";
import { changed, isObject, type Properties, withoutAbsent } from "./wire";

/** The arguments of the class. `external: true` stands for its issuer `external`. The class refuses any other `external`. */
export function takenByCertificate({ external, ...args }: Properties): Properties {
  if (external === undefined || external === false) {
    return args;
  }
  return external === true && args["issuer"] === undefined ? { ...args, issuer: "external" } : { ...args, external };
}

/** What the arguments say of the issuer's chain and of the subject's key, for what follows from it. */
export function keptOfCertificate({ key, issuer }: Properties): Properties {
  return {
    key: key && changed(key, (known) => keyReference(known as Properties)),
    chainPem: isObject(issuer)
      ? changed(issuer["chainPem"], (text) => certificatesPem(String(text), "issuer.chainPem"))
      : undefined,
  };
}

/** The outputs of a certificate that follow from it. Those of a certificate that was never issued are empty. */
export const CERTIFICATE_FOLLOWS: NonNullable<PluginResourceType["follows"]> = {
  chainPem: (facts) => chainOf(facts),
  subjectKeyIdentifier: (facts) => ofCertificate(facts, ({ publicKey }) => subjectKeyIdentifier(publicKey)),
  fingerprintSha256: (facts) => ofCertificate(facts, fingerprintSha256),
  notBefore: (facts) => ofCertificate(facts, ({ validFrom }) => new Date(validFrom).toISOString()),
  renewalTime: ({ record, inputs }) => {
    const { certificatePem } = record;
    const isNever = hasFixedEnd(inputs) || inputs["withdrawn"] === true || certificatePem === "";
    return isNever
      ? undefined
      : changed(certificatePem, (pem) =>
          renewalTime(validityOf(String(pem)), inputs["renewBefore"] as string | undefined).toISOString(),
        );
  },
  asIssuer: (facts) => {
    const { record, inputs, kept } = facts;
    const { subject, keyUsages, withdrawn } = inputs;
    return (
      kept["key"] &&
      withoutAbsent({
        key: changed(kept["key"], (key) => ({ ...(key as Properties), publicKeyPem: inputs["publicKeyPem"] })),
        certificatePem: record["certificatePem"],
        chainPem: inputs["issuer"] === undefined ? undefined : chainOf(facts),
        declared: withoutAbsent({ subject, keyUsages, withdrawn, nameConstraints: constraintsOf(inputs) }),
      })
    );
  },
};

/** The certificate and those above it, without the self-signed root. */
function chainOf({ record, inputs, kept }: Facts): unknown {
  const { issuer } = inputs;
  const above = kept["chainPem"] ?? (isObject(issuer) ? changed(issuer["certificatePem"], chainAbove) : (issuer ?? ""));
  return changed(record["certificatePem"], (pem) => changed(above, (chain) => String(pem) + String(chain)));
}

function chainAbove(issuerPem: unknown): string {
  return chainBelowRoot(String(issuerPem), "issuer.certificatePem") ?? "";
}

function ofCertificate({ record }: Facts, fact: (certificate: X509Certificate) => string): unknown {
  return changed(record["certificatePem"], (pem) => (pem === "" ? "" : fact(readCertificate(String(pem)))));
}

/** The name constraints of a certificate and those above it; undefined if there are none. */
function constraintsOf({ nameConstraints, adopt, issuer }: Properties): unknown {
  const adopted = isObject(adopt) ? changed(adopt["certificatePem"], (pem) => chainNameConstraints(String(pem))) : [];
  const above = isObject(issuer) ? (issuer["nameConstraints"] ?? []) : [];
  if ([nameConstraints, adopted, above].includes(UNKNOWN)) {
    return UNKNOWN;
  }
  const all = [nameConstraints, adopted, above].flat().filter((each) => each !== undefined);
  return all.length === 0 ? undefined : all;
}

/** What tells which key signs, without its public key. */
function keyReference({ uri, algorithm, kms, givenUri }: Properties): Properties {
  return withoutAbsent({ uri, algorithm, kms, givenUri });
}
