import { Config } from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { PivKeys } from "pulumi-kms-pki/yubikey";

// Without a serial number there must be one YubiKey alone. The root's key is in slot 9a, the intermediate's in 9c.
const serial = new Config().getNumber("serial");
const keys = new PivKeys(serial === undefined ? {} : { serial });

const ca = new pki.CertificateAuthority("ca", {
  keys,
  algorithm: "ECDSA_P384",
  name: "Example",
  root: { subject: { commonName: "Example Root", organization: "Example", country: "CH" } },
  ssh: false,
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});

// The outputs that `kms-pki export` and `kms-pki status` read.
export const rootKey = ca.rootKey;
export const rootCertificate = ca.rootCertificate;
export const rootFingerprint = ca.rootFingerprint;
export const intermediateKey = ca.intermediateKey;
export const intermediateCertificate = ca.intermediateCertificate;
export const caConfig = ca.caConfig;

// What the device says of the keys that it made, where its firmware does.
export const attestations = keys.attestations;
