// It must come first.
import { cloudWorld } from "./cloudWorld";
import { runsStepCa } from "../engine/runsStepCa";
import { missing } from "../tools";

const config = { "kms-pki:algorithm": "RSA_2048_PSS" };

runsStepCa({
  name: "Cloud KMS",
  skip: missing("step-ca", "step", "openssl", "ssh-keygen"),
  config,
  start: (address) => cloudWorld({ ...address, ...config }),
});
