import { PkiError } from "../errors";
import { checkAlgorithm } from "../inputs/algorithm";
import { type Algorithm, algorithmOf, fitsAlgorithm } from "../kms/algorithms";
import { withoutQuery } from "../kms/keyUri";
import { publicKeyPem, readPublicKey } from "../x509/certificate";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";

/** What a program says of a key that exists. */
export interface PublicKeyInputs {
  readonly uri: string;
  /** What it signs with; what its type suggests when it is left out. */
  readonly algorithm?: Algorithm;
}

/** What is recorded of a key that exists. */
export interface PublicKeyRecord extends PublicKeyInputs {
  readonly algorithm: Algorithm;
  readonly publicKeyPem: string;
  readonly status: "present" | "missing" | "changed";
}

/** The life of a key that we did not make: its public half is read once and pinned. */
export function publicKeyLifecycle({ backends, notice }: Context): Lifecycle<PublicKeyInputs, PublicKeyRecord> {
  const statusOf = async (state: PublicKeyRecord): Promise<PublicKeyRecord["status"]> => {
    try {
      const manager = await backends.keyManager(state.uri);
      const found = await manager.getPublicKey(state.uri);
      return found.equals(readPublicKey(state.publicKeyPem)) ? "present" : "changed";
    } catch (error) {
      if (error instanceof PkiError && error.code === "KEY_NOT_FOUND") {
        return "missing";
      }
      throw error;
    }
  };

  return {
    check: (_olds, news) => ({ inputs: news, problems: checkAlgorithm(news.algorithm, "algorithm") }),

    diff(state, news) {
      const replaces = [
        ...(state.uri === news.uri ? [] : ["uri"]),
        ...(news.algorithm === undefined || news.algorithm === state.algorithm ? [] : ["algorithm"]),
      ];
      if (state.status !== "present" && replaces.length === 0) {
        notice(`${withoutQuery(state.uri)} was found ${state.status}; up fails unless the key is back.`);
      }
      return { changes: replaces.length > 0 || state.status !== "present", replaces };
    },

    async create(inputs) {
      const manager = await backends.keyManager(inputs.uri);
      const key = await manager.getPublicKey(inputs.uri);
      const algorithm = inputs.algorithm ?? algorithmOf(key);
      if (!fitsAlgorithm(key, algorithm)) {
        throw new PkiError(
          "ALGORITHM_UNSUPPORTED",
          `${withoutQuery(inputs.uri)} is a key for ${algorithmOf(key)}, not for ${algorithm}`,
          "Correct or remove algorithm",
        );
      }
      return {
        id: withoutQuery(inputs.uri),
        state: { ...inputs, algorithm, publicKeyPem: publicKeyPem(key), status: "present" },
      };
    },

    async read(state) {
      return { ...state, status: await statusOf(state) };
    },

    async update(state) {
      const status = await statusOf(state);
      if (status !== "present") {
        throw new PkiError(
          status === "missing" ? "KEY_NOT_FOUND" : "KEY_CHANGED",
          `${withoutQuery(state.uri)} ${status === "missing" ? "is gone" : "is another key than was recorded"}, and another key is never adopted in silence`,
          "Bring the key back and run again; or name the new key by its own URI",
        );
      }
      return { ...state, status };
    },

    delete: () => Promise.resolve(),
  };
}
