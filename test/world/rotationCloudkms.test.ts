// It must come first.
import { cloudWorld } from "./cloudWorld";
import { PROJECT } from "../cloudkms/cloudStack";
import { missing } from "../tools";
import { rotatesKms } from "./rotatesKms";

rotatesKms({
  name: "Cloud KMS",
  skip: missing("openssl"),
  start: (config) =>
    cloudWorld({
      "kms-pki:keyRing": "example",
      "kms-pki:stepCaMember": "serviceAccount:step-ca@example.iam.gserviceaccount.com",
      ...config,
    }),
  beside: (stack) => {
    const resource = `projects/${PROJECT}/locations/global/keyRings/example/cryptoKeys/intermediate`;
    return Promise.resolve(stack.server.state.getIamPolicy({ resource }).bindings);
  },
  deleted: (stack) => Promise.resolve(stack.versions().filter(({ state }) => state === "DESTROY_SCHEDULED").length),
  sign: "AsymmetricSign",
  // A version of the same key.
  keyResource: /gcp:kms\/cryptoKeyVersion:CryptoKeyVersion::ca-root-g1-key-ECDSA_P256$/,
});
