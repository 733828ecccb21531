import { Config } from "@pulumi/pulumi";
import { rootDirectory } from "../words/rootDirectory";
import type { SecretSources } from "../words/secrets";

/** Where a Pulumi program finds the secrets that its provider will use, to say early that one is missing. */
export function programSecrets(): SecretSources {
  const config = new Config("kms-pki");
  return {
    environment: process.env,
    config: (key) => config.get(key),
    rootDirectory: rootDirectory(process.cwd()),
  };
}
