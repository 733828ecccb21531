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
