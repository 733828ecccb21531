import { FakeCloudKms } from "../../cloudkms/fakeCloudKms";
import type { Algorithm } from "../../../provider/kms/algorithms";
import { cloudkms } from "../../../provider/kms/cloudkms/descriptor";
import { conformance } from "../conformance";

/** Google's names of the algorithms, stated independently of the code under test. */
const GOOGLE_ALGORITHMS: Readonly<Record<Exclude<Algorithm, "ED25519" | "ECDSA_P521">, string>> = {
  ECDSA_P256: "EC_SIGN_P256_SHA256",
  ECDSA_P384: "EC_SIGN_P384_SHA384",
  RSA_2048_PKCS1: "RSA_SIGN_PKCS1_2048_SHA256",
  RSA_3072_PKCS1: "RSA_SIGN_PKCS1_3072_SHA256",
  RSA_4096_PKCS1: "RSA_SIGN_PKCS1_4096_SHA256",
  RSA_2048_PSS: "RSA_SIGN_PSS_2048_SHA256",
  RSA_3072_PSS: "RSA_SIGN_PSS_3072_SHA256",
  RSA_4096_PSS: "RSA_SIGN_PSS_4096_SHA256",
};

let kms: FakeCloudKms;

conformance({
  kms: cloudkms,
  start: async () => {
    kms = await FakeCloudKms.start();
  },
  stop: () => kms.stop(),
  open: () => kms.open(),
  createKey: (algorithm) =>
    kms.createKey({ algorithm: GOOGLE_ALGORITHMS[algorithm as keyof typeof GOOGLE_ALGORITHMS] }),
  absentKey: "projects/kms-pki-test/locations/europe-west3/keyRings/pki/cryptoKeys/absent/cryptoKeyVersions/1",
});
