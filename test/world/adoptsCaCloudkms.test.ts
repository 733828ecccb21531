import { cloudWorld } from "./cloudWorld";
import { PROJECT } from "../cloudkms/cloudStack";
import { adoptsCa, issueCa } from "./adoptsCa";

const LOCATION = `projects/${PROJECT}/locations/global`;
const RING = `${LOCATION}/keyRings/theirs`;

adoptsCa({
  name: "Cloud KMS",
  skip: false,
  start: () => cloudWorld({ "kms-pki:ssh": "false" }),
  makeCa: async (stack) => {
    const { state } = stack.server;
    state.createKeyRing({ parent: LOCATION, keyRingId: "theirs" });
    const make = async (name: string): Promise<string> => {
      await state.createCryptoKey({
        ...{ parent: RING, cryptoKeyId: name },
        cryptoKey: { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "EC_SIGN_P256_SHA256" } },
      });
      return `${RING}/cryptoKeys/${name}/cryptoKeyVersions/1`;
    };
    const adopt = { root: await make("root"), intermediate: await make("intermediate") };
    const { HTTPS_PROXY = "", NO_PROXY = "" } = stack.proxy.environment;
    const certificates = await issueCa(stack, adopt, {
      ...stack.stepCaEnvironment,
      ...{ https_proxy: HTTPS_PROXY, no_proxy: NO_PROXY, METADATA_SERVER_DETECTION: "none" },
    });
    await stack.project.setConfig("kms-pki:keyRing", "theirs");
    await stack.project.setConfigObject("kms-pki:existing", {
      keyRing: true,
      cryptoKeys: { root: true, intermediate: true },
    });
    return { adopt, ...certificates };
  },
  writes: /^(?:AsymmetricSign|CreateCryptoKey|CreateCryptoKeyVersion|DestroyCryptoKeyVersion)$/,
});
