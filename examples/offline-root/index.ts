import { Config } from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { AwsKmsKeys } from "pulumi-kms-pki/awskms";
import { PivKeys } from "pulumi-kms-pki/yubikey";

// The root signs one intermediate in ten years. Plug its YubiKey in for that, and otherwise keep it in a safe.
const serial = new Config().getNumber("serial");
const root = new PivKeys({ serial, slots: { root: "9c" } });
const keys = new AwsKmsKeys({ region: "us-east-1", aliasPrefix: "pki-example" });

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: { root, intermediate: keys },
  name: "Example",
  // Whoever misuses the key in the cloud can issue nothing for other names that a client accepts.
  intermediate: { nameConstraints: { permitted: { dnsDomains: ["example.com"], ipRanges: ["127.0.0.0/8"] } } },
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});

// Everything that step-ca may do. It cannot reach the root.
export const stepCaIamPolicy = keys.stepCaPolicy;
