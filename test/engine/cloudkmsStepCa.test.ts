import { CloudStack } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";

const skip = missing("pulumi", "step-ca", "step", "openssl", "ssh-keygen");

for (const config of [
  {},
  { "kms-pki:protectionLevel": "HSM", "kms-pki:algorithm": "ECDSA_P384" },
  { "kms-pki:algorithm": "RSA_2048_PSS" },
]) {
  runsStepCa({ name: "Cloud KMS", skip, config, start: (address) => CloudStack.rootStack({ ...address, ...config }) });
}
