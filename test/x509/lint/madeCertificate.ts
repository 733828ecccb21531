import { createHash, type KeyObject, sign } from "node:crypto";
import { keyPair, type KeyPair } from "../keySigner";
import {
  bits,
  boolean,
  explicit,
  hex,
  implicit,
  integer,
  objectIdentifier,
  octets,
  printable,
  sequence,
  set,
  time,
  utf8,
} from "./derWriting";

/** A certificate to write, field by field, each of which a test can make wrong. */
export interface MadeCertificate {
  readonly version: Uint8Array;
  readonly serialNumber: Uint8Array;
  /** The signature's algorithm inside, and outside if it is another one. */
  readonly signature: Uint8Array;
  readonly signatureOutside?: Uint8Array;
  readonly issuer: Uint8Array;
  readonly notBefore: Uint8Array;
  readonly notAfter: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly uniqueIds: readonly Uint8Array[];
  readonly extensions: readonly Uint8Array[];
  /** The list of extensions as a whole, in place of the above. */
  readonly extensionList?: Uint8Array;
  readonly signer: KeyObject;
}

/** Writes and signs a certificate. */
export function write(made: MadeCertificate): Buffer {
  const tbs = sequence(
    made.version,
    made.serialNumber,
    made.signature,
    made.issuer,
    sequence(made.notBefore, made.notAfter),
    made.subject,
    made.publicKey,
    ...made.uniqueIds,
    made.extensionList ?? explicit(3, sequence(...made.extensions)),
  );
  const hash = made.signer.asymmetricKeyType === "ed25519" ? null : "sha256";
  return sequence(tbs, made.signatureOutside ?? made.signature, bits(sign(hash, tbs, made.signer)));
}

export const ATTRIBUTE_IDS = {
  CN: "2.5.4.3",
  surname: "2.5.4.4",
  serialNumber: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  street: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  title: "2.5.4.12",
  postalCode: "2.5.4.17",
  givenName: "2.5.4.42",
  pseudonym: "2.5.4.65",
  emailAddress: "1.2.840.113549.1.9.1",
  DC: "0.9.2342.19200300.100.1.25",
} as const;

export function attribute(id: keyof typeof ATTRIBUTE_IDS, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(ATTRIBUTE_IDS[id]), value);
}

/** A distinguished name with one attribute in each set. */
export function name(...attributes: readonly Uint8Array[]): Buffer {
  return sequence(...attributes.map((each) => set(each)));
}

export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octets(value));
}

export const IDS = {
  authorityKeyIdentifier: "2.5.29.35",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  subjectAltName: "2.5.29.17",
  issuerAltName: "2.5.29.18",
  subjectDirectoryAttributes: "2.5.29.9",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  policyConstraints: "2.5.29.36",
  extKeyUsage: "2.5.29.37",
  cRLDistributionPoints: "2.5.29.31",
  inhibitAnyPolicy: "2.5.29.54",
  freshestCRL: "2.5.29.46",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  subjectInfoAccess: "1.3.6.1.5.5.7.1.11",
  tlsFeature: "1.3.6.1.5.5.7.1.24",
  timestamps: "1.3.6.1.4.1.11129.2.4.2",
  poison: "1.3.6.1.4.1.11129.2.4.3",
  smimeCapabilities: "1.2.840.113549.1.9.15",
} as const;

/** The bits of keyUsage, in order, as DER wants them. */
export function keyUsage(...numbers: readonly number[]): Buffer {
  const last = Math.max(...numbers);
  const content = Buffer.alloc((last >> 3) + 1);
  for (const number of numbers) {
    content[number >> 3] = (content[number >> 3] ?? 0) | (0x80 >> (number & 7));
  }
  return bits(content, 7 - (last & 7));
}

export const ECDSA_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
export const RSA_SHA256 = sequence(objectIdentifier("1.2.840.113549.1.1.11"), hex("0500"));

export const ISSUER_KEYS = keyPair("ECDSA_P256", "corpus issuer");

export function spki({ publicKey }: Pick<KeyPair, "publicKey">): Buffer {
  return publicKey.export({ type: "spki", format: "der" });
}

/** Any octets that stand for a key. */
export function identifierOf(key: Uint8Array): Buffer {
  return createHash("sha1").update(key).digest();
}

export const ISSUER_NAME = name(
  attribute("C", printable("CH")),
  attribute("O", utf8("Example Trust")),
  attribute("CN", utf8("Example Root")),
);

/** What every kind of certificate has. */
function base(keys: Pick<KeyPair, "publicKey">): Omit<MadeCertificate, "extensions" | "subject"> {
  return {
    version: explicit(0, integer(2)),
    serialNumber: integer(0x5a5a_1234_5678n),
    signature: ECDSA_SHA256,
    issuer: ISSUER_NAME,
    notBefore: time("261101000000Z"),
    notAfter: time("270101000000Z"),
    publicKey: spki(keys),
    uniqueIds: [],
    signer: ISSUER_KEYS.privateKey,
  };
}

const subjectKey = (key: Uint8Array): Buffer => extension(IDS.subjectKeyIdentifier, octets(identifierOf(key)));
const authorityKey = extension(IDS.authorityKeyIdentifier, sequence(implicit(0, identifierOf(spki(ISSUER_KEYS)))));

export function root(): MadeCertificate {
  return {
    ...base(ISSUER_KEYS),
    notAfter: time("401101000000Z"),
    subject: ISSUER_NAME,
    extensions: [
      extension(IDS.keyUsage, keyUsage(5, 6), true),
      extension(IDS.basicConstraints, sequence(boolean(true)), true),
      subjectKey(spki(ISSUER_KEYS)),
      authorityKey,
    ],
  };
}

export function intermediate(keys = keyPair("ECDSA_P256", "corpus intermediate")): MadeCertificate {
  return {
    ...base(keys),
    notAfter: time("361101000000Z"),
    subject: name(
      attribute("C", printable("CH")),
      attribute("O", utf8("Example Trust")),
      attribute("CN", utf8("Example Intermediate")),
    ),
    extensions: [
      extension(IDS.keyUsage, keyUsage(5, 6), true),
      extension(IDS.basicConstraints, sequence(boolean(true), integer(0)), true),
      subjectKey(spki(keys)),
      authorityKey,
    ],
  };
}

export function leaf(keys = keyPair("ECDSA_P256", "corpus leaf")): MadeCertificate {
  return {
    ...base(keys),
    subject: name(attribute("CN", utf8("a.example.com"))),
    extensions: [
      extension(IDS.keyUsage, keyUsage(0), true),
      extension(IDS.extKeyUsage, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      subjectKey(spki(keys)),
      authorityKey,
      extension(IDS.subjectAltName, sequence(implicit(2, Buffer.from("a.example.com")))),
    ],
  };
}
