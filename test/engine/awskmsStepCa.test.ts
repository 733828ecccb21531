import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";

const skip = missing("pulumi", "ministack", "step-ca", "step", "openssl", "ssh-keygen");

for (const config of [
  { "kms-pki:region": "us-east-1" },
  { "kms-pki:region": "us-east-1", "kms-pki:kmsUri": "true", "kms-pki:algorithm": "RSA_2048_PKCS1" },
  { "kms-pki:algorithm": "ECDSA_P384" },
]) {
  runsStepCa({ name: "AWS KMS", skip, config, start: (address) => AwsStack.rootStack({ ...address, ...config }) });
}
