import { constants, type KeyObject, verify } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import { childrenOf, derElement } from "./der";
import { PkiError } from "../errors";
import { AlgorithmProvider } from "./peculiarX509";

/*
 * What certificates and revocation lists (RFC 5280) and certificate requests (RFC 2986) have in common:
 * SEQUENCE { what is signed, AlgorithmIdentifier, BIT STRING }.
 */

const [BIT_STRING, SEQUENCE] = [0x03, 0x30];

/** The identifier of an algorithm's signatures. */
export function signatureAlgorithm(algorithm: Algorithm): AlgorithmIdentifier {
  return new AlgorithmProvider().toAsnAlgorithm(algorithmRow(algorithm).webCrypto);
}

/**
 * Has the key management service sign once, and verifies the signature before anything is returned.
 *
 * @param content what is signed, as DER
 * @returns the whole, as DER
 * @throws PkiError `SIGNATURE_INVALID` and the errors of the signer
 */
export async function signedDer(content: Uint8Array, signer: Signer): Promise<Buffer> {
  const signature = await signer.sign(content);
  const algorithm = Buffer.from(AsnConvert.serialize(signatureAlgorithm(signer.algorithm)));
  const der = derElement(SEQUENCE, content, algorithm, derElement(BIT_STRING, Buffer.of(0), signature));
  if (!isDerSignedBy(der, signer.publicKey)) {
    throw new PkiError(
      "SIGNATURE_INVALID",
      "the returned signature does not verify with the public half of the key and was not accepted",
      "Run again. If it happens again, do not trust the key management service or the connection to it",
    );
  }
  return der;
}

/** Whether the signature of such a structure was made by a key. */
export function isDerSignedBy(der: Buffer, key: KeyObject): boolean {
  const [content, algorithm, signature] = childrenOf(der);
  if (content === undefined || algorithm === undefined || signature === undefined) {
    return false;
  }
  try {
    const { name, hash } = new AlgorithmProvider().toWebAlgorithm(
      AsnConvert.parse(algorithm.whole, AlgorithmIdentifier),
    ) as { readonly name: string; readonly hash?: { readonly name: string } };
    const padding =
      name === "RSA-PSS"
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {};
    return verify(hash?.name ?? null, content.whole, { key, ...padding }, signature.content.subarray(1));
  } catch {
    return false; // a malformed signature, or a key that does not match its algorithm
  }
}
