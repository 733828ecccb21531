import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, posix } from "node:path";
import { resourceIn } from "../ownerMark";
import { resourceType } from "../resourceType";
import { ownerIn } from "./softKeyFiles";
import { softKeyPath, softKeyUri } from "./softKeyUri";
import type { RecordedStack } from "../recordedStack";
import type { KeySearch, UnknownKey } from "../unknownKey";

/**
 * Searches the folders of a stack's key files for files with its mark. The first line of a released file says so.
 *
 * @param rootDirectory the folder of Pulumi.yaml, absolute
 */
export async function unknownKeyFiles(state: RecordedStack, rootDirectory: string): Promise<KeySearch> {
  const known = state.keyUris.filter((uri) => uri.startsWith("softkms:")).map(softKeyPath);
  const directories = [
    ...new Set(
      state.ofType(resourceType("SoftKey")).map(({ outputs }) => dirname(softKeyPath(String(outputs["uri"])))),
    ),
  ];
  const found: UnknownKey[] = [];
  for (const directory of directories) {
    const absolute = isAbsolute(directory) ? directory : join(rootDirectory, directory);
    for (const name of (await readdir(absolute)).filter((file) => file.endsWith(".pem")).sort()) {
      const path = posix.join(directory, name);
      const owner = known.includes(path) ? undefined : ownerIn(await readFile(join(absolute, name), "utf8"));
      if (owner !== undefined && state.ownsMark(owner)) {
        found.push(described(path, join(absolute, name), resourceIn(owner), state));
      }
    }
  }
  return { asked: directories.map((directory) => `the folder ${directory}`), unknownKeys: found };
}

function described(path: string, file: string, urn: string, state: RecordedStack): UnknownKey {
  return {
    keyUri: softKeyUri(path),
    madeFor: urn.replace(/^.*::/, ""),
    state: "present",
    discard: `rm '${file.replaceAll("'", `'\\''`)}'`,
    ...(state.resources.some((resource) => resource.urn === urn) ? {} : { adopt: "pulumi up" }),
  };
}
