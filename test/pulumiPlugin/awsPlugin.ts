import manifest from "@pulumi/aws/package.json";
import { AwsClients } from "./awsClient";
import { awsKmsAlias } from "./awsKmsAlias";
import { awsKmsKey } from "./awsKmsKey";
import type { Plugin } from "./handler";

/** Stands in for the official provider, for the keys and aliases of AWS KMS. */
export function awsPlugin(): Plugin {
  const clients = new AwsClients();
  return {
    name: "aws",
    version: manifest.version,
    kinds: { "aws:kms/key:Key": awsKmsKey(clients), "aws:kms/alias:Alias": awsKmsAlias(clients) },
    configure: (configuration) => {
      clients.configure(configuration);
    },
  };
}
