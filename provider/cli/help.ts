/** The output of `kms-pki --help`. */
export const HELP = `kms-pki: export, check and recover a certificate authority that a Pulumi stack declares

Usage:
  kms-pki <command> [options]

Commands:
  export     write the certificates, the SSH CA's public keys and ca.json for step-ca
  deploy     bring the stack up, and hand what changed over to the hosts of step-ca
  status     show when the certificates end, and whether they verify
  accept     take the certificate that an issuer elsewhere made for a request
  plan       show when keys and certificates will change, calculated from the schedules
  recover    repair a stack after a run of pulumi was killed
  lint       check certificates in files against RFC 5280 and other documents
  adopt      take over an authority that step-ca runs, with its keys and certificates
  help       show this text, or the help of a command: kms-pki help export

Options:
  -h, --help   show this text or, after a command, the help of that command
  --version    show the version

No command but adopt reads a private key, and that only from files, to learn the public key.

Exit codes:
  0    success; for status: all certificates are valid
  64   unknown command or option
The help of each command lists its other exit codes.

Examples:
  kms-pki export --dir ca
  kms-pki status --warn 60d`;
