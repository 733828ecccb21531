import { resolve } from "node:path";
import { rootDirectory } from "../inputs/rootDirectory";
import { Backends } from "../kms/backends";
import type { StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";
import { StackState } from "./stackState";
import { unknownAwsKeys } from "./unknownAwsKeys";
import { unknownCloudKeys } from "./unknownCloudKeys";
import type { KeySearch } from "./unknownKey";
import { unknownKeyFiles } from "./unknownKeyFiles";
import { unknownSlotKeys } from "./unknownSlotKeys";

/**
 * Asks every key management service in which a stack has keys for those that the state does not know.
 *
 * @throws PkiError where a service does not answer
 */
export async function searchKeys(choice: StackChoice, shell: Shell): Promise<KeySearch> {
  const state = await StackState.read(choice, shell);
  const root = rootDirectory(resolve(shell.cwd, choice.cwd));
  const secrets = { environment: shell.environment, config: () => undefined, rootDirectory: root };
  const backends = new Backends({ secrets, notice: shell.err });
  const searches = [
    await unknownAwsKeys(state, async (connection) => {
      const { AwsKms } = await import("../kms/awskms.js");
      return new AwsKms({ ...connection, rootDirectory: root });
    }),
    await unknownCloudKeys(state, async (connection) => {
      const { CloudKms } = await import("../kms/cloudkms.js");
      return new CloudKms({ ...connection, rootDirectory: root, notice: shell.err });
    }),
    await unknownKeyFiles(state, root),
    await unknownSlotKeys(state, (serial) => backends.yubikey(serial)),
  ];
  return {
    asked: searches.flatMap(({ asked }) => asked),
    unknownKeys: searches.flatMap(({ unknownKeys }) => unknownKeys),
  };
}

/** What a search found, as lines for people. */
export function keySearchText({ asked, unknownKeys }: KeySearch): string[] {
  return [
    "",
    `Asked ${asked.length === 0 ? "nobody: the stack has no keys" : asked.join(", ")}.`,
    ...(unknownKeys.length === 0
      ? ["No key was found that the state does not know."]
      : unknownKeys.flatMap(({ keyUri, madeFor, state, discard, adopt }) => [
          `The state does not know ${keyUri} (${[state, ...(madeFor === undefined ? [] : [`made for ${madeFor}`])].join(", ")}).`,
          `  to be rid of it: ${discard}`,
          ...(adopt === undefined ? [] : [`  to use it: ${adopt}`]),
        ])),
  ];
}
