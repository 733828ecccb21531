import { missingSoftHsm } from "../pkcs11/token";
import { Pkcs11Stack } from "./pkcs11Stack";
import { runsStepCa } from "./runsStepCa";

runsStepCa({
  name: "a PKCS#11 token",
  skip: missingSoftHsm("pulumi", "step-ca", "step", "openssl", "ssh-keygen", "cc"),
  config: {},
  start: (address) => Pkcs11Stack.rootStack(address),
});
