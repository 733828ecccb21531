import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";

const config = new pulumi.Config();
const certificateAuthorityArn = config.require("certificateAuthorityArn");
// It must suit the key of the CA in AWS.
const signingAlgorithm = config.get("signingAlgorithm") ?? "SHA256WITHECDSA";
// When the intermediate ends, such as 2031-11-29T00:00:00Z. Another date renews it.
const value = config.require("validUntil");

// `kms-pki export` and `kms-pki status` read this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys({ directory: "keys" }),
  name: "Example",
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: ":9443",
  intermediate: { issuer: "external", answers: signedByAws, renewBefore: "90d" },
});

/** The certificate that AWS Private CA makes for a request, and those above it. */
function signedByAws(request: pki.CertificateRequest, generation: string): pulumi.Output<string> {
  const { certificate, certificateChain } = new aws.acmpca.Certificate(
    generation,
    {
      certificateAuthorityArn,
      certificateSigningRequest: request.csrPem,
      signingAlgorithm,
      templateArn: "arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1",
      validity: { type: "END_DATE", value },
    },
    // Otherwise a renewal would revoke the old certificate while step-ca and its clients still use it.
    { retainOnDelete: true },
  );
  return pulumi.interpolate`${certificate}\n${certificateChain}\n`;
}
