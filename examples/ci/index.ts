import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";

const config = new pulumi.Config();
// The KMS of the keys: awskms, cloudkms, or softkms to try it on one machine.
const kms = config.require("kms");
// When keys rotate. Without it, the keys stay and only the intermediate is reissued.
const rotation = config.getObject<pki.RotationArgs>("rotation");

/** A source of keys, and what it adds to the outputs once they are declared. */
interface Keys {
  source: pki.KeySource;
  outputs: () => Record<string, unknown>;
}

async function keys(): Promise<Keys> {
  switch (kms) {
    case "awskms": {
      const { AwsKmsKeys } = await import("pulumi-kms-pki/awskms");
      const source = new AwsKmsKeys({ region: "us-east-1" });
      // The IAM policies for the role that runs this, and for step-ca.
      return {
        source,
        outputs: () => ({ operatorIamPolicy: source.operatorPolicy, stepCaIamPolicy: source.stepCaPolicy }),
      };
    }
    case "cloudkms": {
      const { CloudKmsKeys } = await import("pulumi-kms-pki/cloudkms");
      const source = new CloudKmsKeys({ keyRing: "pki-example", protectionLevel: { root: "HSM" } });
      return { source, outputs: () => ({}) };
    }
    case "softkms":
      return { source: new pki.SoftKeys({ directory: "ca" }), outputs: () => ({}) }; // step-ca finds them there too
    default:
      throw new Error(`ci-example:kms is "${kms}". Set it to awskms, cloudkms or softkms.`);
  }
}

export = async (): Promise<Record<string, unknown>> => {
  const { source, outputs } = await keys();
  const ca = new pki.CertificateAuthority("ca", {
    keys: source,
    name: "Example",
    rotation,
    // Without a rotation, each run reissues the intermediate if it ends within a quarter of its lifetime.
    intermediate: rotation === undefined ? { validity: "8760h", renewBefore: "2160h" } : undefined,
    dnsNames: ["ca.example.com", "127.0.0.1"],
    address: ":9443",
    sshpop: true,
  });

  // `kms-pki export` and `kms-pki status` read the output ca.
  return { ca, ...outputs() };
};
