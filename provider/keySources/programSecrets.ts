import { Config } from "../pulumi";
import { rootDirectory } from "../words/rootDirectory";
import type { SecretSources } from "../words/secrets";

/** The places where a Pulumi program finds the secrets that its provider will use, to report a missing one early. */
export function programSecrets(): SecretSources {
  const config = new Config("kms-pki");
  return {
    environment: process.env,
    config: (key) => config.get(key),
    rootDirectory: rootDirectory(process.cwd()),
  };
}
