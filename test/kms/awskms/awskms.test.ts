import type { KeySpec } from "@aws-sdk/client-kms";
import type { Algorithm } from "../../../provider/kms/algorithms";
import { awskms } from "../../../provider/kms/awskms/descriptor";
import { EmulatedKms } from "../../awskms/emulatedKms";
import { missing } from "../../tools";
import { conformance } from "../conformance";

/** AWS's names of the keys, stated independently of the code under test. */
const KEY_SPECS: Readonly<Record<Exclude<Algorithm, "ED25519">, KeySpec>> = {
  ECDSA_P256: "ECC_NIST_P256",
  ECDSA_P384: "ECC_NIST_P384",
  ECDSA_P521: "ECC_NIST_P521",
  RSA_2048_PKCS1: "RSA_2048",
  RSA_3072_PKCS1: "RSA_3072",
  RSA_4096_PKCS1: "RSA_4096",
  RSA_2048_PSS: "RSA_2048",
  RSA_3072_PSS: "RSA_3072",
  RSA_4096_PSS: "RSA_4096",
};

let kms: EmulatedKms;

conformance({
  kms: awskms,
  skip: missing("ministack"),
  start: async () => {
    kms = await EmulatedKms.start();
  },
  stop: () => kms.stop(),
  open: () => kms.open(),
  createKey: async (algorithm) => {
    const spec = KEY_SPECS[algorithm as keyof typeof KEY_SPECS];
    return `awskms:key-id=${await kms.createKey({ KeySpec: spec })}`;
  },
  absentKey: "awskms:key-id=00000000-0000-4000-8000-000000000000",
});
