import * as pki from "pulumi-kms-pki";
import { AwsKmsKeys } from "pulumi-kms-pki/awskms";

// The keys that step-ca signs with, and the root's in its own region. For another account, give it its own profile too.
const keys = new AwsKmsKeys({ region: "us-east-1", aliasPrefix: "pki-example", tags: { team: "security" } });
const rootKeys = new AwsKmsKeys({ region: "eu-central-1", aliasPrefix: "pki-example", tags: { team: "security" } });

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: { root: rootKeys, intermediate: keys },
  algorithm: "ECDSA_P384",
  name: "Example",
  root: { subject: { commonName: "Example Root", organization: "Example", country: "CH" } },
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});

// The IAM policies for the user or role that runs `pulumi up`, one for each key source, and the policy for step-ca.
export const operatorIamPolicy = keys.operatorPolicy;
export const rootOperatorIamPolicy = rootKeys.operatorPolicy;
export const stepCaIamPolicy = keys.stepCaPolicy;
