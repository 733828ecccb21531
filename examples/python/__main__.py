import pulumi
import pulumi_kms_pki as kms_pki

ca = kms_pki.CertificateAuthority(
    "ca",
    keys={"softkms": {}},
    authority_name="Example",
    dns_names=["localhost"],
    address=":9443",
)

# `kms-pki export` and `kms-pki status` read this output.
pulumi.export("ca", ca.outputs)
