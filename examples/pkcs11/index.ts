import { Config } from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { Pkcs11Keys } from "pulumi-kms-pki/pkcs11";

// The vendor's library, and the label of the token.
const config = new Config();
const keys = new Pkcs11Keys({
  modulePath: config.require("modulePath"),
  token: config.require("token"),
  storeCertificates: true,
});

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys,
  algorithm: "ECDSA_P384",
  name: "Example",
  root: { subject: { commonName: "Example Root", organization: "Example", country: "CH" } },
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
});
