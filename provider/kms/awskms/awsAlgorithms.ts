import type { KeySpec, SigningAlgorithmSpec } from "@aws-sdk/client-kms";
import { type Algorithm, ALGORITHM_NAMES } from "../algorithms";

/** AWS KMS's names of a key's spec and its signing algorithm. */
export interface AwsAlgorithm {
  readonly keySpec: KeySpec;
  readonly signingAlgorithm: SigningAlgorithmSpec;
}

/** AWS KMS's names of the algorithms that step-ca can use there. */
const AWS_NAMES: Readonly<Partial<Record<Algorithm, AwsAlgorithm>>> = {
  ECDSA_P256: { keySpec: "ECC_NIST_P256", signingAlgorithm: "ECDSA_SHA_256" },
  ECDSA_P384: { keySpec: "ECC_NIST_P384", signingAlgorithm: "ECDSA_SHA_384" },
  ECDSA_P521: { keySpec: "ECC_NIST_P521", signingAlgorithm: "ECDSA_SHA_512" },
  RSA_2048_PKCS1: { keySpec: "RSA_2048", signingAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" },
  RSA_3072_PKCS1: { keySpec: "RSA_3072", signingAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" },
  RSA_4096_PKCS1: { keySpec: "RSA_4096", signingAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" },
  RSA_2048_PSS: { keySpec: "RSA_2048", signingAlgorithm: "RSASSA_PSS_SHA_256" },
  RSA_3072_PSS: { keySpec: "RSA_3072", signingAlgorithm: "RSASSA_PSS_SHA_256" },
  RSA_4096_PSS: { keySpec: "RSA_4096", signingAlgorithm: "RSASSA_PSS_SHA_256" },
};

/** The algorithms that keys in AWS KMS may have. */
export const AWS_ALGORITHMS: readonly Algorithm[] = ALGORITHM_NAMES.filter((name) => name in AWS_NAMES);

/** AWS KMS's names of an algorithm; undefined if it has none that step-ca can use. */
export function awsAlgorithm(algorithm: Algorithm): AwsAlgorithm | undefined {
  return AWS_NAMES[algorithm];
}
