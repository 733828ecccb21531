import { Config } from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { PivKeys } from "pulumi-kms-pki/yubikey";

// Without a serial number, only one YubiKey may be plugged in. The root's key is in slot 9a, the intermediate's in 9c.
const serial = new Config().getNumber("serial");
const keys = new PivKeys({ serial });

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys,
  algorithm: "ECDSA_P384",
  name: "Example",
  root: { subject: { commonName: "Example Root", organization: "Example", country: "CH" } },
  ssh: false,
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});
