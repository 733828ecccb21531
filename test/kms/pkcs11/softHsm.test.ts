import { ALGORITHM_NAMES } from "../../../provider/kms/algorithms";
import { missingSoftHsm, softHsm } from "../../pkcs11/token";
import { conformsToPkcs11 } from "./conformsToPkcs11";

conformsToPkcs11("pkcs11 on SoftHSM", missingSoftHsm(), () => softHsm("ca", "other"), ALGORITHM_NAMES);
