import type { KeyObject } from "node:crypto";
import type { Signer } from "../../provider/kms/keyManager";
import { issueCertificate, type Surroundings } from "../../provider/x509/certificateAuthority";
import { readIssuer } from "../../provider/x509/issuer";
import { type CertificateContent, certificateTemplate, type CertificateTimes } from "../../provider/x509/template";
import { KeySigner, keyPair } from "./keySigner";

/** The default time of issue in the tests. Its fraction of a second cannot be encoded in DER. */
export const NOW = new Date("2026-03-04T05:06:07.890Z");

/** One byte, repeated. */
export function octets(value: number): Surroundings["random"] {
  return (size) => new Uint8Array(size).fill(value);
}

/** The properties of a certificate in the tests. The rest has defaults. */
export interface Wish extends CertificateContent {
  readonly validitySeconds?: number;
  readonly times?: CertificateTimes;
  /** The subject's key. Default: a separate P-256 key, or the signer's if there is no issuer. */
  readonly publicKey?: KeyObject;
  readonly signer?: Signer;
  readonly issuerPem?: string;
  /** The root that a cross certificate stands in for. */
  readonly crossOfPem?: string;
  readonly now?: Date;
  readonly random?: Surroundings["random"];
}

/** Issues a certificate, and returns it as PEM. */
export async function issue(wish: Wish): Promise<string> {
  const {
    times = {},
    publicKey,
    signer = new KeySigner(),
    issuerPem,
    crossOfPem,
    now = NOW,
    random = octets(0x5a),
  } = wish;
  const certificate = await issueCertificate(
    {
      template: certificateTemplate(wish, { validitySeconds: wish.validitySeconds, ...times }),
      publicKey: publicKey ?? (issuerPem === undefined ? signer.publicKey : keyPair("ECDSA_P256", "subject").publicKey),
      algorithm: signer.algorithm,
      signer: () => Promise.resolve(signer),
      ...(issuerPem === undefined ? {} : { issuer: readIssuer(issuerPem) }),
      ...(crossOfPem === undefined ? {} : { crossOf: readIssuer(crossOfPem) }),
    },
    { now: () => now, random },
  );
  return certificate.toString();
}

/** A root with the tests' default name and key. */
export function issueRoot(wish: Partial<Wish> = {}): Promise<string> {
  return issue({ profile: "root", subject: { commonName: "Test Root" }, ...wish });
}
