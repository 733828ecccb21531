import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";

const config = new pulumi.Config();
const location = config.require("location");
const pool = config.require("pool");
// How long the intermediate is valid, from its issue.
const lifetime = config.get("lifetime") ?? "157680000s";
// Another number renews it.
const issue = config.get("issue") ?? "1";

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys({ directory: "keys" }),
  name: "Example",
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
  intermediate: { issuer: "external", answers: signedByGoogle, renewBefore: "90d" },
});

/** The certificate that a CA of the pool makes for a request, and those above it. */
function signedByGoogle(request: pki.CertificateRequest, generation: string): pulumi.Output<string> {
  const { pemCertificate, pemCertificateChains } = new gcp.certificateauthority.Certificate(
    generation,
    { name: `${pulumi.getStack()}-${generation}-${issue}`, location, pool, lifetime, pemCsr: request.csrPem },
    // Otherwise a renewal would revoke the old certificate while step-ca and its clients still use it.
    { retainOnDelete: true },
  );
  return pulumi
    .all([pemCertificate, pemCertificateChains])
    .apply(([certificate, chain]) => [certificate, ...chain].map((pem) => `${pem.trim()}\n`).join(""));
}
