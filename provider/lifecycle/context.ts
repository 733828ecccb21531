import { randomBytes } from "node:crypto";
import { currentTime } from "../words/clock";
import type { SecretSources } from "../words/secrets";
import { Backends } from "../kms/registry/backends";
import type { Surroundings } from "../x509/certificateAuthority";
import { rootDirectory } from "../words/rootDirectory";

/** Reads a key of the Pulumi config, namespace included. */
export type ConfigReader = (key: string) => string | undefined;

/** The surroundings that all lifecycles share in one provider process. */
export interface Context {
  readonly backends: Backends;
  readonly secrets: SecretSources;
  readonly surroundings: Surroundings;
  /** Prints a message for the person at the terminal: the engine shows the provider's standard error. */
  readonly notice: (message: string) => void;
}

/** Creates a context that reads the config and the working directory only when something needs them. */
export function createContext(config: ConfigReader, workingDirectory: () => string): Context {
  const notice = (message: string): void => {
    console.error(`kms-pki: ${message}`);
  };
  const secrets: SecretSources = {
    environment: process.env,
    config: (key) => config(`kms-pki:${key}`),
    get rootDirectory() {
      return rootDirectory(workingDirectory());
    },
  };
  return {
    secrets,
    notice,
    backends: new Backends({ secrets, notice }),
    surroundings: { now: () => currentTime(), random: randomBytes },
  };
}
