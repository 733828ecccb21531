import { missingSoftHsm } from "../pkcs11/token";
import { Pkcs11Stack } from "./pkcs11Stack";
import { runsStepCa } from "./runsStepCa";

for (const config of [{}, { "kms-pki:algorithm": "RSA_2048_PSS", "kms-pki:storeCertificates": "true" }]) {
  runsStepCa({
    name: "a PKCS#11 token",
    skip: missingSoftHsm("pulumi", "step-ca", "step", "openssl", "ssh-keygen", "cc"),
    config,
    start: (address) => Pkcs11Stack.rootStack({ ...address, ...config }),
  });
}
