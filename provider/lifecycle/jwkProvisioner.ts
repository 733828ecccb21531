import { checkProvisionerName } from "../inputs/stepca";
import { checkSecret, requireProvisionerPassword } from "../words/secrets";
import type { JwkProvisionerKey } from "../stepca/jwkProvisioner";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";

/** A provisioner's key has one setting. */
export interface JwkProvisionerInputs {
  /** The provisioner's name in ca.json. */
  readonly provisioner: string;
}

/** What is recorded of a provisioner's key. The private half is in `encryptedKey`, under the password alone. */
export interface JwkProvisionerRecord extends JwkProvisionerInputs, JwkProvisionerKey {}

/** The life of a JWK provisioner's key pair: made once, for as long as the resource lives. */
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
