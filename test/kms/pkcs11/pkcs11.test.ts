import { pkcs11 } from "../../../provider/kms/pkcs11/descriptor";
import { missingSoftHsm, softHsm } from "../../pkcs11/token";
import { conformance } from "../conformance";
import { tokenBackend } from "./tokenBackend";

conformance({
  kms: pkcs11,
  skip: missingSoftHsm(),
  ...tokenBackend(() => softHsm("other", "ca")),
});
