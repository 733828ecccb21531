import manifest from "@pulumi/gcp/package.json";
import { bucketObject } from "./bucketObject";
import { gcpCaServiceCertificate } from "./gcpCaServiceCertificate";
import { GcpClient } from "./gcpClient";
import { gcpKmsCryptoKey } from "./gcpKmsCryptoKey";
import { gcpKmsCryptoKeyIamMember } from "./gcpKmsCryptoKeyIamMember";
import { gcpKmsCryptoKeyVersion } from "./gcpKmsCryptoKeyVersion";
import { gcpKmsKeyRing } from "./gcpKmsKeyRing";
import type { Plugin } from "./handler";

/**
 * Stands in for the official provider, for the key rings, keys, versions and members of Cloud KMS, certificates of the CA Service,
 * and objects in buckets.
 */
export function gcpPlugin(): Plugin {
  const client = new GcpClient();
  return {
    name: "gcp",
    version: manifest.version,
    kinds: {
      "gcp:kms/keyRing:KeyRing": gcpKmsKeyRing(client),
      "gcp:kms/cryptoKey:CryptoKey": gcpKmsCryptoKey(client),
      "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": gcpKmsCryptoKeyVersion(client),
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": gcpKmsCryptoKeyIamMember(client),
      "gcp:certificateauthority/certificate:Certificate": gcpCaServiceCertificate(),
      "gcp:storage/bucketObject:BucketObject": bucketObject("name"),
    },
    configure: (configuration) => {
      client.configure(configuration);
    },
  };
}
