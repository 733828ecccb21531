import { ALGORITHM_NAMES } from "../../../provider/kms/algorithms";
import { missingKryoptic, kryoptic } from "../../pkcs11/token";
import { conformsToPkcs11 } from "./conformsToPkcs11";

// What the OpenSSL of Debian 12 does for it.
const ALGORITHMS = ALGORITHM_NAMES.filter((name) => name !== "ED25519");

conformsToPkcs11("pkcs11 on kryoptic", missingKryoptic(), () => kryoptic("ca"), ALGORITHMS, ["ED25519"]);
