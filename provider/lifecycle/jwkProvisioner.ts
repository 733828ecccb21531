import { checkProvisionerName } from "../inputs/stepca";
import { checkSecret, requireProvisionerPassword } from "../words/secrets";
import type { JwkProvisionerKey } from "../stepca/jwkProvisioner";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";

/** The inputs of a provisioner's key. */
export interface JwkProvisionerInputs {
  /** The provisioner's name in ca.json. */
  readonly provisioner: string;
}

/** The record of a provisioner's key. The private key exists only in `encryptedKey`, under the password. */
export interface JwkProvisionerRecord extends JwkProvisionerInputs, JwkProvisionerKey {}

/** The lifecycle of a JWK provisioner's key pair, which is made once and lasts as long as the resource. */
export function jwkProvisionerLifecycle({ secrets }: Context): Lifecycle<JwkProvisionerInputs, JwkProvisionerRecord> {
  return {
    check: (_olds, news) => ({
      inputs: news,
      problems: [
        ...checkProvisionerName(news.provisioner, "provisioner"),
        ...checkSecret(() => requireProvisionerPassword(secrets)),
      ],
    }),

    diff: (state, news) => ({ changes: state.provisioner !== news.provisioner }),

    async create(inputs) {
      const { generateJwkProvisionerKey } = await import("../stepca/jwkProvisioner.js");
      const pair = await generateJwkProvisionerKey(requireProvisionerPassword(secrets));
      return { id: String(pair.key.kid), state: { ...inputs, ...pair } };
    },

    read: (state) => Promise.resolve(state),

    update: (state, news) => Promise.resolve({ ...state, ...news }),

    delete: () => Promise.resolve(),
  };
}
