import { resolve } from "node:path";
import { kmsRegistry } from "../kms/registry/registry";
import type { KeySearch } from "../kms/unknownKey";
import { rootDirectory } from "../words/rootDirectory";
import type { StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";
import { readStackState } from "./stackState";

/**
 * Searches every key management service in which a stack has keys for keys that the state does not know.
 *
 * @throws PkiError if a service does not answer
 */
export async function searchKeys(choice: StackChoice, shell: Shell): Promise<KeySearch> {
  const state = await readStackState(choice, shell);
  const root = rootDirectory(resolve(shell.cwd, choice.cwd));
  const secrets = { environment: shell.environment, config: () => undefined, rootDirectory: root };
  const searches: KeySearch[] = [];
  for (const kms of kmsRegistry.all) {
    searches.push(await kms.searchKeys(state, { secrets, notice: shell.err }));
  }
  return {
    asked: searches.flatMap(({ asked }) => asked),
    unknownKeys: searches.flatMap(({ unknownKeys }) => unknownKeys),
  };
}
