// It must come first.
import { cloudWorld } from "./cloudWorld";
import { runsStepCa } from "../engine/runsStepCa";
import { missing } from "../tools";

const config = { "kms-pki:protectionLevel": "HSM", "kms-pki:algorithm": "ECDSA_P384" };

runsStepCa({
  name: "Cloud KMS",
  skip: missing("step-ca", "step", "openssl", "ssh-keygen"),
  config,
  start: (address) => cloudWorld({ ...address, ...config }),
});
