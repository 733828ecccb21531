import { SOURCE_HELP } from "./sourceHelp";

/** The output of `kms-pki accept --help`. */
export const ACCEPT_HELP = `kms-pki accept: take the answer of an issuer elsewhere to a request

Usage:
  kms-pki accept FILE [--chain FILE]... [--dry-run]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

FILE holds the certificate that the issuer made for a request that kms-pki export wrote, as
PEM. The certificates above it, up to the self-signed root, may follow in the same file or in
those of --chain, in any order.

The answer is checked against the request: it must be for the same key and have the same
subject, be valid now, lead to the root, be allowed to issue, and permit the names that
step-ca serves. What else the issuer changed is told. An answer that cannot be used is
refused, and changes nothing.

Otherwise the answer is written beside Pulumi.yaml, as intermediate-<8 hex digits>.pem, and
kms-pki:intermediateCertificates in the config of the root stack names it. The next pulumi up
takes it and signs nothing. For a program of your own, the command prints what to write in
intermediate.answers. An answer that a function in the program gives is only checked.

Options:
  --chain FILE     the certificates above the one in FILE
  --dry-run        check the answer, and change nothing
${SOURCE_HELP}
  -h, --help       show this text

Exit codes:
  0    the answer was accepted
  1    the answer cannot be used, or pulumi failed; the message explains it
  64   unknown option

Examples:
  kms-pki accept intermediate.crt --chain chain.pem && pulumi up
  kms-pki accept intermediate.crt --chain root.crt --dry-run`;
