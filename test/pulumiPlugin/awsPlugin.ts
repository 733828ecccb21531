import manifest from "@pulumi/aws/package.json";
import { AwsClients } from "./awsClient";
import { acmpcaCertificate } from "./acmpcaCertificate";
import { awsKmsAlias } from "./awsKmsAlias";
import { awsKmsKey } from "./awsKmsKey";
import { bucketObject } from "./bucketObject";
import type { Plugin } from "./handler";

/**
 * Stands in for the official provider, for the keys and aliases of AWS KMS, the certificates of AWS Private CA, and objects in
 * buckets.
 */
export function awsPlugin(): Plugin {
  const clients = new AwsClients();
  return {
    name: "aws",
    version: manifest.version,
    kinds: {
      "aws:kms/key:Key": awsKmsKey(clients),
      "aws:kms/alias:Alias": awsKmsAlias(clients),
      "aws:acmpca/certificate:Certificate": acmpcaCertificate(),
      "aws:s3/bucketObjectv2:BucketObjectv2": bucketObject("key"),
    },
    configure: (configuration) => {
      clients.configure(configuration);
    },
  };
}
