import { CloudStack } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";

runsStepCa({
  name: "Cloud KMS",
  skip: missing("pulumi", "step-ca", "step", "openssl", "ssh-keygen"),
  config: {},
  start: (address) => CloudStack.rootStack(address),
});
