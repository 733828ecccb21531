import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";

const config = { "kms-pki:region": "us-east-1" };

runsStepCa({
  name: "AWS KMS",
  skip: missing("pulumi", "ministack", "step-ca", "step", "openssl", "ssh-keygen"),
  config,
  start: (address) => AwsStack.rootStack({ ...address, ...config }),
});
