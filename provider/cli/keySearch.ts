import { resolve } from "node:path";
import { rootDirectory } from "../words/rootDirectory";
import { Backends } from "../kms/registry/backends";
import type { StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";
import { StackState } from "./stackState";
import { unknownAwsKeys } from "../kms/awskms/unknownAwsKeys";
import { unknownCloudKeys } from "../kms/cloudkms/unknownCloudKeys";
import type { KeySearch } from "../kms/unknownKey";
import { unknownKeyFiles } from "../kms/softkms/unknownKeyFiles";
import { unknownSlotKeys } from "../kms/yubikey/unknownSlotKeys";

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
      const { AwsKms } = await import("../kms/awskms/awskms.js");
      return new AwsKms({ ...connection, rootDirectory: root });
    }),
    await unknownCloudKeys(state, async (connection) => {
      const { CloudKms } = await import("../kms/cloudkms/cloudkms.js");
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
