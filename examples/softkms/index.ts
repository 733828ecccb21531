import * as pki from "pulumi-kms-pki";

// Root, intermediate and two SSH CA keys in encrypted files, and the ca.json for step-ca.
// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys({ directory: "keys" }),
  name: "Example",
  root: { subject: { commonName: "Example Root", organization: "Example", country: "CH" } },
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
  sshpop: true,
  claims: { defaultTLSCertDuration: "12h" },
});

// Another certificate under the same root: a second issuing CA, valid for five years.
const teamKey = new pki.SoftKey("team-key", { directory: "keys", name: "team" });
const team = new pki.Certificate("team", {
  key: teamKey,
  issuer: ca.root,
  subject: { commonName: "Example Team CA" },
  validity: "43800h",
});

export const teamChain = team.chainPem;
