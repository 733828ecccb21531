import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";

const config = new pulumi.Config();
// Buckets whose objects everyone can read over plain HTTP. Set one of them, or both.
const [s3Bucket, gcsBucket] = [config.get("s3Bucket"), config.get("gcsBucket")];

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys({ directory: "keys" }),
  name: "Example",
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
  crl: { url: config.require("crlUrl"), every: "7d", root: { every: "90d" } },
});

// What every reader knows of a list is its URL, so each object has the name of its list.
const contentType = "application/pkix-crl";
const cacheControl = "max-age=3600";
for (const { file, list } of ca.revocationLists) {
  if (s3Bucket !== undefined) {
    const contentBase64 = list.crlDer;
    new aws.s3.BucketObjectv2(`s3-${file}`, { bucket: s3Bucket, key: file, contentBase64, contentType, cacheControl });
  }
  if (gcsBucket !== undefined) {
    const source = list.crlDer.apply(fileOf(file));
    new gcp.storage.BucketObject(`gcs-${file}`, { bucket: gcsBucket, name: file, source, contentType, cacheControl });
  }
}

/** Google's resource takes binary content from a file only. */
function fileOf(name: string): (base64: string) => pulumi.asset.Asset {
  return (base64) => {
    mkdirSync("lists", { recursive: true });
    const path = join("lists", name);
    writeFileSync(path, Buffer.from(base64, "base64"));
    return new pulumi.asset.FileAsset(path);
  };
}
