/** How the programs of one authority differ. */
export interface AuthorityProgram {
  /** The port of step-ca. */
  readonly port: number;
  /** The name of the resource. Default `ca`. */
  readonly name?: string;
  /** The name that it had before. */
  readonly former?: string;
  /** Default true. */
  readonly isProtected?: boolean;
}

/** The authority in TypeScript: the body of a CommonJS program. */
export function inTypeScript({ port }: AuthorityProgram): string {
  return `
exports.ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  name: "Example",
  dnsNames: ["ca.example.com", "127.0.0.1"],
  address: "127.0.0.1:${String(port)}",
  acme: true,
  claims: { defaultTLSCertDuration: "12h" },
  crl: { url: "http://pki.example.com/crl" },
  root: {
    subject: { organization: "Example", country: "CH" },
    nameConstraints: { permitted: { dnsDomains: ["example.com"], ipRanges: ["127.0.0.0/8"] } },
  },
  intermediate: { validity: "1825d", renewBefore: "365d" },
}).outputs;
`;
}

/** The same in YAML: a Pulumi.yaml. */
export function inYaml({ port, name = "ca", former = name, isProtected = true }: AuthorityProgram): string {
  return `
name: acme
runtime: yaml
plugins:
  providers:
    - { name: kms-pki, path: node_modules/.bin }
resources:
  ${name}:
    type: kms-pki:CertificateAuthority
    properties:
      keys: { softkms: {} }
      authorityName: Example
      dnsNames: [ca.example.com, 127.0.0.1]
      address: 127.0.0.1:${String(port)}
      acme: true
      claims: { defaultTLSCertDuration: 12h }
      crl: { url: http://pki.example.com/crl }
      root:
        subject: { organization: Example, country: CH }
        nameConstraints: { permitted: { dnsDomains: [example.com], ipRanges: [127.0.0.0/8] } }
      intermediate: { validity: 1825d, renewBefore: 365d }
      deletionProtection: ${String(isProtected)}
    options: { aliases: ["urn:pulumi:test::acme::kms-pki:index:CertificateAuthority::${former}"] }
outputs:
  ca: \${${name}.outputs}
`;
}

/** The same in Python: a __main__.py. */
export function inPython({ port, name = "ca", former = name, isProtected = true }: AuthorityProgram): string {
  return `
import pulumi
import pulumi_kms_pki as kms_pki

authority = kms_pki.CertificateAuthority(
    "${name}",
    keys={"softkms": {}},
    authority_name="Example",
    dns_names=["ca.example.com", "127.0.0.1"],
    address="127.0.0.1:${String(port)}",
    acme=True,
    claims={"defaultTLSCertDuration": "12h"},
    crl={"url": "http://pki.example.com/crl"},
    root={
        "subject": {"organization": "Example", "country": "CH"},
        "name_constraints": {"permitted": {"dns_domains": ["example.com"], "ip_ranges": ["127.0.0.0/8"]}},
    },
    intermediate={"validity": "1825d", "renew_before": "365d"},
    deletion_protection=${isProtected ? "True" : "False"},
    opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="${former}")]),
)
pulumi.export("ca", authority.outputs)
`;
}

/** The same in Go: a main.go. */
export function inGo({ port, name = "ca", former = name, isProtected = true }: AuthorityProgram): string {
  return `
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"pulumi-kms-pki/sdk/go/kmspki"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		authority, err := kmspki.NewCertificateAuthority(ctx, "${name}", &kmspki.CertificateAuthorityArgs{
			Keys:          kmspki.PluginKeysArgs{Softkms: &kmspki.SoftKeysArgs{}},
			AuthorityName: pulumi.String("Example"),
			DnsNames:      pulumi.ToStringArray([]string{"ca.example.com", "127.0.0.1"}),
			Address:       pulumi.String("127.0.0.1:${String(port)}"),
			Acme:          pulumi.Bool(true),
			Claims:        pulumi.Map{"defaultTLSCertDuration": pulumi.String("12h")},
			Crl:           &kmspki.AuthorityListArgs{Url: pulumi.String("http://pki.example.com/crl")},
			Root: &kmspki.CertificateAuthorityRootArgs{
				Subject: kmspki.DistinguishedNameArgs{
					Organization: pulumi.String("Example"),
					Country:      pulumi.String("CH"),
				},
				NameConstraints: kmspki.NameConstraintsArgs{Permitted: kmspki.NameTreesArgs{
					DnsDomains: pulumi.ToStringArray([]string{"example.com"}),
					IpRanges:   pulumi.ToStringArray([]string{"127.0.0.0/8"}),
				}},
			},
			Intermediate: &kmspki.AuthorityIntermediateArgs{
				Validity:    pulumi.String("1825d"),
				RenewBefore: pulumi.String("365d"),
			},
			DeletionProtection: pulumi.BoolRef(${String(isProtected)}),
		}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("${former}")}}))
		if err != nil {
			return err
		}
		ctx.Export("ca", authority.Outputs)
		return nil
	})
}
`;
}
