import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import { type Algorithm, fitsAlgorithm } from "./algorithms";
import type { KeyManager, KeyReference } from "./keyManager";
import { withoutSecrets } from "./keyUri";
import { readKeyOf } from "./publicKey";

/**
 * The public key of a signing key: the known one, or else the one that the KMS returns.
 *
 * @throws PkiError `ALGORITHM_UNSUPPORTED`, and what `describeKey` throws
 */
export async function signingKey(
  manager: Pick<KeyManager, "algorithms" | "describeKey">,
  { uri, algorithm, publicKeyPem }: KeyReference,
): Promise<KeyObject> {
  const described = publicKeyPem === undefined ? await manager.describeKey(uri) : undefined;
  const publicKey = described?.publicKey ?? readKeyOf(withoutSecrets(uri), publicKeyPem ?? "");
  requireFit(publicKey, algorithm, uri, manager.algorithms);
  if (described?.algorithm !== undefined && described.algorithm !== algorithm) {
    throw unfit(uri, algorithm, [described.algorithm]);
  }
  return publicKey;
}

/**
 * Refuses an algorithm that a key does not sign with.
 *
 * @param algorithms those of the KMS
 * @throws PkiError `ALGORITHM_UNSUPPORTED`
 */
export function requireFit(
  publicKey: KeyObject,
  algorithm: Algorithm,
  uri: string,
  algorithms: readonly Algorithm[],
): void {
  if (!algorithms.includes(algorithm) || !fitsAlgorithm(publicKey, algorithm)) {
    throw unfit(
      uri,
      algorithm,
      algorithms.filter((each) => fitsAlgorithm(publicKey, each)),
    );
  }
}

function unfit(uri: string, algorithm: Algorithm, fitting: readonly Algorithm[]): PkiError {
  return new PkiError(
    "ALGORITHM_UNSUPPORTED",
    `${withoutSecrets(uri)} does not sign with ${algorithm}`,
    fitting.length === 0 ? "Use another key" : `Set the algorithm of the key: ${fitting.join(" or ")}`,
  );
}
