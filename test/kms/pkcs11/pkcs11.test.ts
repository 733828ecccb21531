import { ALGORITHM_NAMES } from "../../../provider/kms/algorithms";
import { missingSoftHsm, softHsm } from "../../pkcs11/token";
import { conformance } from "../conformance";
import { tokenBackend } from "./tokenBackend";

conformance({
  name: "pkcs11",
  skip: missingSoftHsm(),
  ...tokenBackend(() => softHsm("other", "ca")),
  algorithms: ALGORITHM_NAMES,
});
