import type { X509Certificate } from "node:crypto";
import type { SshPublicKeyLine } from "../ssh/publicKeyLine";

/** A certificate of an authority, from the stack's outputs. */
export interface CertificateOutputs {
  /** URI of its key. It may hold a PIN after the question mark. */
  readonly key: string;
  readonly certificatePem: string;
  readonly certificate: X509Certificate;
  /** When `up` reissues it, if the stack states it. */
  readonly renewalTime?: Date;
}

/** An SSH key of an authority, from the stack's outputs. */
export interface SshKeyOutputs {
  /** URI of the key. It may hold a PIN after the question mark. */
  readonly key: string;
  readonly publicKey: SshPublicKeyLine;
}

/** The certificates and keys of an authority that are in use. */
export interface ActiveOutputs {
  readonly root: CertificateOutputs;
  readonly intermediate: CertificateOutputs;
  readonly ssh: { readonly user: SshKeyOutputs; readonly host: SshKeyOutputs } | undefined;
}
