import { type Algorithm, ALGORITHM_NAMES } from "../algorithms";

/** Cloud KMS's names of the algorithms that step-ca can use there. */
const CLOUD_NAMES: Readonly<Partial<Record<Algorithm, string>>> = {
  ECDSA_P256: "EC_SIGN_P256_SHA256",
  ECDSA_P384: "EC_SIGN_P384_SHA384",
  RSA_2048_PKCS1: "RSA_SIGN_PKCS1_2048_SHA256",
  RSA_3072_PKCS1: "RSA_SIGN_PKCS1_3072_SHA256",
  RSA_4096_PKCS1: "RSA_SIGN_PKCS1_4096_SHA256",
  RSA_2048_PSS: "RSA_SIGN_PSS_2048_SHA256",
  RSA_3072_PSS: "RSA_SIGN_PSS_3072_SHA256",
  RSA_4096_PSS: "RSA_SIGN_PSS_4096_SHA256",
};

/** The algorithms that keys in Cloud KMS may have. */
export const CLOUD_ALGORITHMS: readonly Algorithm[] = ALGORITHM_NAMES.filter((name) => name in CLOUD_NAMES);

/** Cloud KMS's name of an algorithm; undefined if it has none that step-ca can use. */
export function cloudAlgorithm(algorithm: Algorithm): string | undefined {
  return CLOUD_NAMES[algorithm];
}
