import { PkiError } from "../errors";
import { requireSecret, type SecretSources } from "../inputs/secrets";
import type { KeyManager } from "./keyManager";
import { parseKeyUri } from "./keyUri";
import type { SoftKms } from "./softkms";

/** What backends need from outside. */
export interface BackendContext {
  readonly secrets: SecretSources;
  /** Where a finding that a person should see goes. */
  readonly notice: (message: string) => void;
}

/** The backends of one process, one instance each, loaded when a key of theirs is first used. */
export class Backends {
  readonly #context: BackendContext;
  #softkms: Promise<SoftKms> | undefined;

  constructor(context: BackendContext) {
    this.#context = context;
  }

  /** Keys in files. */
  softkms(): Promise<SoftKms> {
    this.#softkms ??= loadSoftKms(this.#context);
    return this.#softkms;
  }

  /**
   * The backend that a key's URI names.
   *
   * @throws PkiError `KEY_URI_INVALID`
   */
  keyManager(uri: string): Promise<KeyManager> {
    const { scheme } = parseKeyUri(uri);
    switch (scheme) {
      case "softkms":
        return this.softkms();
      default:
        throw new PkiError(
          "KEY_URI_INVALID",
          `no key management service is known for "${scheme}:"`,
          "Use a key URI of softkms",
        );
    }
  }
}

// Imported on use, so that nobody needs the packages of another key management service.
async function loadSoftKms({ secrets, notice }: BackendContext): Promise<SoftKms> {
  const { SoftKms } = await import("./softkms.js");
  const { rootDirectory } = secrets;
  return new SoftKms({ rootDirectory, passphrase: () => requireSecret("passphrase", secrets), notice });
}
