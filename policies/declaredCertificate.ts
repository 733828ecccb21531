import { X509Certificate } from "node:crypto";
import { hasUnknown } from "../provider/words/unknown";
import { PROFILES, type ProfileName } from "../provider/x509/profiles";
import type { DeclaredResource, Properties } from "./resource";

/** What a program declares of a certificate. */
export interface DeclaredCertificate {
  readonly profile: ProfileName;
  /** The inputs of the certificate, without those that only the certificate itself states once it is made. */
  readonly inputs: Properties;
  /** The certificate, if the program gives it: one that it adopts, or the answer of an issuer elsewhere. */
  readonly given?: X509Certificate;
}

/** The declaration of a certificate. Undefined for any other resource, and for a certificate that is withdrawn or only read. */
export function declaredCertificate({ type, properties }: DeclaredResource): DeclaredCertificate | undefined {
  if (type !== "Certificate") {
    return undefined;
  }
  const inputs = recordedInputs(properties["declaration"]) ?? properties;
  const { profile, withdrawn, adopt, answerPem } = inputs;
  if (!isProfile(profile) || withdrawn === true) {
    return undefined;
  }
  const given = firstCertificate((adopt as Properties | undefined)?.["certificatePem"] ?? answerPem);
  return { profile, inputs, ...(given === undefined ? {} : { given }) };
}

/** Reads a certificate. Undefined for anything else, and for what is not known yet. */
export function firstCertificate(pem: unknown): X509Certificate | undefined {
  if (typeof pem !== "string" || pem === "" || hasUnknown(pem)) {
    return undefined;
  }
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined; // the provider refuses it, and says why
  }
}

/** The inputs in the record of a certificate, which is JSON for one that the program declares. */
function recordedInputs(declaration: unknown): Properties | undefined {
  if (typeof declaration !== "string" || hasUnknown(declaration)) {
    return undefined;
  }
  try {
    return JSON.parse(declaration) as Properties;
  } catch {
    return {};
  }
}

function isProfile(value: unknown): value is ProfileName {
  return typeof value === "string" && Object.hasOwn(PROFILES, value);
}
