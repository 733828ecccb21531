import { Config } from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { AwsKmsKeys } from "pulumi-kms-pki/awskms";
import { PivKeys } from "pulumi-kms-pki/yubikey";

// The root signs one intermediate in ten years: its YubiKey is plugged in for that, and otherwise kept in a safe.
const serial = new Config().getNumber("serial");
const root = new PivKeys({ ...(serial === undefined ? {} : { serial }), slots: { root: "9c" } });
const keys = new AwsKmsKeys({ region: "us-east-1", aliasPrefix: "pki-example" });

const ca = new pki.CertificateAuthority("ca", {
  keys: { root, intermediate: keys },
  name: "Example",
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});

// The outputs that `kms-pki export` and `kms-pki status` read.
export const rootKey = ca.rootKey;
export const rootCertificate = ca.rootCertificate;
export const rootFingerprint = ca.rootFingerprint;
export const intermediateKey = ca.intermediateKey;
export const intermediateCertificate = ca.intermediateCertificate;
export const sshUserKey = ca.sshUserKey;
export const sshUserPublicKey = ca.sshUserPublicKey;
export const sshHostKey = ca.sshHostKey;
export const sshHostPublicKey = ca.sshHostPublicKey;
export const caConfig = ca.caConfig;

// All that step-ca may do: the root is out of its reach.
export const stepCaIamPolicy = keys.stepCaPolicy;
