import { ALGORITHM_NAMES } from "../../../provider/kms/algorithms";
import { kryoptic, missingKryoptic } from "../../pkcs11/token";
import { conformance } from "../conformance";
import { tokenBackend } from "./tokenBackend";

conformance({
  name: "pkcs11 on kryoptic",
  skip: missingKryoptic(),
  ...tokenBackend(() => kryoptic("ca")),
  algorithms: ALGORITHM_NAMES.filter((name) => name !== "ED25519"),
  untestedAlgorithms: ["ED25519"], // which the OpenSSL of Debian 12 does not do for it
});
