import { type AuthorityIntermediateArgs, PkiError } from "../provider";
import { optional, pemSettings } from "./settings";

/** The value of `rootKms` for a root whose key the stack does not have. */
const EXTERNAL = "external";

/** Whether a CA elsewhere signs the intermediate. */
export function isRootExternal(): boolean {
  return optional("rootKms") === EXTERNAL;
}

/**
 * What the settings say of a CA elsewhere that signs the intermediate.
 *
 * @throws PkiError `CONFIG_INVALID` for settings that do not belong together
 */
export function externalIssuer(): Pick<AuthorityIntermediateArgs, "issuer" | "answers"> {
  if (isRootExternal()) {
    const names = ["rootCertificate", "rootKey", "rootCommonName", "rootValidity", "rootRenewBefore"].filter(
      (name) => optional(name) !== undefined,
    );
    if (names.length > 0) {
      throw new PkiError(
        "CONFIG_INVALID",
        `kms-pki:rootKms is "${EXTERNAL}", so the stack has no root, but ${names.map((name) => `kms-pki:${name}`).join(", ")} ${names.length === 1 ? "is" : "are"} set`,
        `Remove ${names.length === 1 ? "it" : "them"} (${names.map((name) => `pulumi config rm kms-pki:${name}`).join(" && ")})`,
      );
    }
    return { issuer: EXTERNAL, answers: pemSettings("intermediateCertificates") };
  }
  if (optional("intermediateCertificates") !== undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      "kms-pki:intermediateCertificates is set, but the stack's own root signs the intermediate",
      'Set kms-pki:rootKms to "external", or remove it (pulumi config rm kms-pki:intermediateCertificates)',
    );
  }
  return {};
}
