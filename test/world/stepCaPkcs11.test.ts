import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { runsStepCa } from "../engine/runsStepCa";
import { missingSoftHsm } from "../pkcs11/token";
import { WorldProject } from "./worldProject";

const config = { "kms-pki:algorithm": "RSA_2048_PSS", "kms-pki:storeCertificates": "true" };

runsStepCa({
  name: "a PKCS#11 token",
  skip: missingSoftHsm("step-ca", "step", "openssl", "ssh-keygen", "cc"),
  config,
  start: async (address) =>
    Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11", ...address, ...config })),
});
