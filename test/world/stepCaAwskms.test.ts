import { runsStepCa } from "../engine/runsStepCa";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";

for (const config of [
  { "kms-pki:region": "us-east-1", "kms-pki:kmsUri": "true", "kms-pki:algorithm": "RSA_2048_PKCS1" },
  { "kms-pki:algorithm": "ECDSA_P384" },
]) {
  runsStepCa({
    name: "AWS KMS",
    skip: missing("ministack", "step-ca", "step", "openssl", "ssh-keygen"),
    config,
    start: (address) => awsWorld({ ...address, ...config }),
  });
}
