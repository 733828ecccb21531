import type { KeyObject } from "node:crypto";
import { PkiError } from "../../errors";
import type { Algorithm } from "../algorithms";
import { type Attribute, CKA, CKO, CKU, type Handle } from "./cryptoki";
import { isCurveRefused, isTemplateRefused } from "./cryptokiErrors";
import type { TokenKey } from "./moduleMessages";
import { tokenAlgorithm } from "./pkcs11Algorithms";
import { type TokenKeyName, tokenKeyUri } from "./pkcs11Uri";
import { publicKeyOfCertificate, publicKeyOfObject, readUlong } from "./publicKeyObject";
import { deleteObjects, findObjects, reader } from "./tokenObjects";
import type { OpenSession } from "./tokenSessions";

/** Longer than any signature. */
const LONGEST_SIGNATURE = 1024;
const PUBLIC_EXPONENT = Buffer.from("010001", "hex");

/** The private keys with a name, each with its public key. */
export function keysIn(open: OpenSession, name: TokenKeyName): TokenKey[] {
  return findObjects(open, CKO.PRIVATE_KEY, name).map((handle) => {
    const read = reader(open, handle);
    const id = (read(CKA.ID) ?? Buffer.alloc(0)).toString("hex");
    const label = (read(CKA.LABEL) ?? Buffer.alloc(0)).toString("utf8");
    const publicKey = publicHalf(open, handle, { id, label });
    return {
      id,
      label,
      spki: publicKey?.export({ type: "spki", format: "der" }),
      isExtractable: isTrue(read(CKA.EXTRACTABLE)) || read(CKA.SENSITIVE)?.[0] === 0,
    };
  });
}

/**
 * Makes a key. If one with the id exists, this same call made it in a session that was lost before it answered.
 *
 * @throws PkiError `KEY_UNUSABLE` for a module that would let the key leave the token
 */
export function generateKey(open: OpenSession, id: string, label: string, algorithm: Algorithm): TokenKey {
  const isThere = (): TokenKey | undefined => keysIn(open, { id, label })[0];
  if (isThere() === undefined) {
    generatePair(open, id, label, algorithm);
  }
  const made = isThere();
  if (made === undefined || made.isExtractable) {
    deleteKeyObjects(open, { id, label });
    throw new PkiError(
      "KEY_UNUSABLE",
      made === undefined
        ? `the module made a key but does not find it as ${tokenKeyUri({ id, label })}`
        : "the module made an extractable key although it was told not to, and the key was deleted",
      "Configure the token so that keys cannot leave it, or use another module",
    );
  }
  return made;
}

/**
 * Signs with a key.
 *
 * @throws PkiError `KEY_NOT_FOUND`
 */
export function signWith(open: OpenSession, name: TokenKeyName, algorithm: Algorithm, data: Uint8Array): Uint8Array {
  const { cryptoki, session, pin } = open;
  const [key] = findObjects(open, CKO.PRIVATE_KEY, name);
  if (key === undefined) {
    throw new PkiError("KEY_NOT_FOUND", `there is no key ${tokenKeyUri(name)} in the token`, "Check the key's URI");
  }
  const wantsPin = isTrue(reader(open, key)(CKA.ALWAYS_AUTHENTICATE));
  cryptoki.C_SignInit(session, tokenAlgorithm(algorithm).signing, key);
  if (wantsPin && pin !== undefined) {
    cryptoki.C_Login(session, CKU.CONTEXT_SPECIFIC, pin);
  }
  // Even empty data needs an address.
  const addressed = Buffer.concat([data, Buffer.alloc(1)]).subarray(0, data.length);
  return cryptoki.C_Sign(session, addressed, Buffer.alloc(LONGEST_SIGNATURE));
}

/**
 * Deletes a key with its public key object and its certificates, unless another key has its name by now.
 *
 * @returns whether it was the expected key
 */
export function deleteKey(
  open: OpenSession,
  name: TokenKeyName,
  spki: Uint8Array | undefined,
): "deleted" | "other" | "none" {
  const keys = keysIn(open, name);
  if (keys.length === 0) {
    return "none";
  }
  if (spki !== undefined && keys.some((key) => key.spki === undefined || Buffer.compare(key.spki, spki) !== 0)) {
    return "other";
  }
  deleteKeyObjects(open, name);
  return "deleted";
}

function deleteKeyObjects(open: OpenSession, name: TokenKeyName): void {
  for (const objectClass of [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY, CKO.CERTIFICATE]) {
    deleteObjects(open, findObjects(open, objectClass, name));
  }
}

/** The places where step-ca looks: the public key with both names, the one with the id, or the certificate with the id. */
function publicHalf(
  open: OpenSession,
  privateKey: Handle,
  { id, label }: { id: string; label: string },
): KeyObject | undefined {
  const type = readUlong(reader(open, privateKey)(CKA.KEY_TYPE)) ?? -1;
  const objects =
    id === ""
      ? findObjects(open, CKO.PUBLIC_KEY, { label })
      : [{ id, label }, { id }].flatMap((name) => findObjects(open, CKO.PUBLIC_KEY, name));
  // An RSA private key object contains its public key.
  for (const object of [...objects, privateKey]) {
    const publicKey = publicKeyOfObject(type, reader(open, object));
    if (publicKey !== undefined) {
      return publicKey;
    }
  }
  const certificates = id === "" ? [] : findObjects(open, CKO.CERTIFICATE, { id });
  return certificates
    .map((certificate) => publicKeyOfCertificate(reader(open, certificate)(CKA.VALUE) ?? Buffer.alloc(0)))
    .find((key) => key !== undefined);
}

function generatePair({ cryptoki, session }: OpenSession, id: string, label: string, algorithm: Algorithm): void {
  const { keyType, generation, curves, bits } = tokenAlgorithm(algorithm);
  const names = [
    { type: CKA.KEY_TYPE, value: keyType },
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: Buffer.from(id, "hex") },
    { type: CKA.LABEL, value: label },
  ];
  const no = (...types: number[]): Attribute[] => types.map((type) => ({ type, value: false }));
  const privateKey = [
    ...[{ type: CKA.CLASS, value: CKO.PRIVATE_KEY }, ...names, { type: CKA.PRIVATE, value: true }],
    ...[{ type: CKA.SENSITIVE, value: true }, { type: CKA.SIGN, value: true }, ...no(CKA.EXTRACTABLE)],
  ];
  const kinds: Attribute[][] =
    bits === undefined
      ? curves.map((curve) => [{ type: CKA.EC_PARAMS, value: curve }])
      : [
          [
            { type: CKA.MODULUS_BITS, value: bits },
            { type: CKA.PUBLIC_EXPONENT, value: PUBLIC_EXPONENT },
          ],
        ];
  const publicKeys = kinds.map((kind) => [
    ...[{ type: CKA.CLASS, value: CKO.PUBLIC_KEY }, ...names, { type: CKA.VERIFY, value: true }, ...kind],
  ]);
  // Some modules allow everything that is not forbidden, and some refuse attributes that a type of key never has.
  const forbidden = [
    {
      inPrivate: no(CKA.DECRYPT, CKA.UNWRAP, CKA.SIGN_RECOVER, CKA.DERIVE),
      inPublic: no(CKA.PRIVATE, CKA.ENCRYPT, CKA.WRAP),
    },
    bits === undefined
      ? { inPrivate: no(CKA.DERIVE), inPublic: no(CKA.PRIVATE) }
      : { inPrivate: no(CKA.DECRYPT, CKA.UNWRAP), inPublic: no(CKA.PRIVATE, CKA.ENCRYPT, CKA.WRAP) },
    { inPrivate: [], inPublic: [] },
  ];
  const attempts = publicKeys.flatMap((publicKey) =>
    forbidden.map(({ inPrivate, inPublic }) => ({
      publicKey: [...publicKey, ...inPublic],
      privateKey: [...privateKey, ...inPrivate],
    })),
  );
  for (const [index, attempt] of attempts.entries()) {
    try {
      cryptoki.C_GenerateKeyPair(session, { mechanism: generation }, attempt.publicKey, attempt.privateKey);
      return;
    } catch (error) {
      if (index === attempts.length - 1 || !(isTemplateRefused(error) || isCurveRefused(error))) {
        throw error;
      }
    }
  }
}

function isTrue(octets: Buffer | undefined): boolean {
  return octets?.[0] === 1;
}
