/** The output of `kms-pki lint --help`. */
export const LINT_HELP = `kms-pki lint: check certificates against RFC 5280 and other documents

Usage:
  kms-pki lint [--profile publicTls] [--json] FILE...

Each FILE holds certificates as PEM, or one certificate as DER. A - is standard input. If the
files also hold the certificate of an issuer, the rules for the two together apply, too. These
are the rules that a certificate must keep before this package signs it.

Options:
  --profile NAME   also apply the rules of a profile. publicTls is section 7.1 of the Baseline
                   Requirements of the CA/Browser Forum, for CAs that browsers trust
                   (default: only the rules for every certificate)
  --json           print one JSON object instead of text
  -h, --help       show this text

JSON (fields may be added in later versions):
  {
    "certificates": [{
      "file": "ca/root_ca.crt", "position": 1, "subject": "CN=...",
      "findings": [{ "rule": "key-usage-of-ca", "source": "RFC 5280, section 4.2.1.9",
                     "level": "error" | "warning" | "notice", "detail": "..." }]
    }]
  }

Exit codes:
  0    there is no error and no warning
  1    there is a warning
  2    there is an error
  3    a file cannot be read, or holds no certificate
  64   unknown option, or no file

Examples:
  kms-pki lint ca/root_ca.crt ca/intermediate_ca.crt
  openssl s_client -connect ca:443 -showcerts </dev/null | kms-pki lint --json -`;
