// It must come first.
import { TRUSTED_ROOTS } from "../cloudkms/trustedRoots";
import { copyFileSync } from "node:fs";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { rotatesKms } from "./rotatesKms";
import { WorldProject } from "./worldProject";

rotatesKms({
  name: "Cloud KMS",
  skip: missing("openssl"),
  start: async (config) => {
    const project = await WorldProject.rootStack({
      "kms-pki:kms": "cloudkms",
      "kms-pki:keyRing": "example",
      "kms-pki:stepCaMember": "serviceAccount:step-ca@example.iam.gserviceaccount.com",
      ...config,
    });
    const stack = await CloudStack.over(project);
    copyFileSync(stack.proxy.caFile, TRUSTED_ROOTS);
    return stack;
  },
  beside: (stack) => {
    const resource = `projects/${PROJECT}/locations/global/keyRings/example/cryptoKeys/intermediate`;
    return Promise.resolve(stack.server.state.getIamPolicy({ resource }).bindings);
  },
  deleted: (stack) => Promise.resolve(stack.versions().filter(({ state }) => state === "DESTROY_SCHEDULED").length),
  sign: "AsymmetricSign",
  // A version of the same key.
  keyResource: /gcp:kms\/cryptoKeyVersion:CryptoKeyVersion::ca-root-g1-key-ECDSA_P256$/,
});
