import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

/**
 * A folder with a resource plugin for the CLI, which is removed after the tests of the file. A `Pulumi.yaml` names
 * it as `plugins: { providers: [{ name: aws, path: <folder> }] }`. The plugin calls the emulator whose endpoint is in
 * `KMS_PKI_TEST_AWS_ENDPOINT`, or the fake service whose REST endpoint is in `KMS_PKI_TEST_GCP_ENDPOINT`. The CA in the folder
 * `KMS_PKI_TEST_PRIVATE_CA` signs for it.
 */
export function pluginDirectory(name: "aws" | "gcp"): string {
  const directory = temporaryDirectory();
  const command = [process.execPath, join(__dirname, "main.js"), name].map(quoted).join(" ");
  writeFileSync(join(directory, `pulumi-resource-${name}`), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return directory;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
