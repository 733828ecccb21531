import { pkcs11 } from "../../../provider/kms/pkcs11/descriptor";
import { kryoptic, missingKryoptic } from "../../pkcs11/token";
import { conformance } from "../conformance";
import { tokenBackend } from "./tokenBackend";

// A module that is not SoftHSM.
conformance({
  kms: pkcs11,
  skip: missingKryoptic(),
  ...tokenBackend(() => kryoptic("ca")),
  untestedAlgorithms: ["ED25519"], // the OpenSSL of Debian 12 does not support it for kryoptic
});
