import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { CloudKmsKeys } from "pulumi-kms-pki/cloudkms";

// The account of step-ca, such as serviceAccount:step-ca@PROJECT.iam.gserviceaccount.com. It may not sign with the root.
const stepCaMember = new pulumi.Config().get("stepCaMember");

// The project comes from gcp:project, or from GOOGLE_CLOUD_PROJECT in the environment.
const keys = new CloudKmsKeys({
  keyRing: "pki-example",
  protectionLevel: { root: "HSM" }, // the other keys are in software
  labels: { team: "security" },
  stepCaMember,
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
