#!/usr/bin/env bash
# Runs for `make serve`: the real step-ca with ca/ca.json, in the foreground.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/messages.sh
source toolchain/node-env.sh

[[ -f ca/ca.json ]] || fail "there is no ca/ca.json yet." "Run: make up"
passphrase=${KMS_PKI_PASSPHRASE_FILE:-.secrets/passphrase}
[[ -n ${KMS_PKI_PASSPHRASE-} || -r $passphrase ]] || fail "the passphrase of the key files is not in $passphrase." \
  "Name the file that holds it: KMS_PKI_PASSPHRASE_FILE=... make serve"
step_ca=$(toolchain/go-tool.sh step-ca)
url=https://$(node -p 'const ca = JSON.parse(fs.readFileSync("ca/ca.json")); ca.dnsNames[0] + ":" + ca.address.split(":").pop()')

say "Serving ca/ca.json with step-ca at $url; Ctrl-C stops it" \
  "  try it:    step ca health --ca-url $url --root ca/root_ca.crt" \
  "  trust it:  step certificate install ca/root_ca.crt" \
  "  (where there is no step: \"toolchain/go-tool.sh step\" prints the path of one)"
if [[ -n ${KMS_PKI_PASSPHRASE-} ]]; then
  # The provider also prefers the variable to the file.
  exec "$step_ca" ca/ca.json --password-file <(printenv KMS_PKI_PASSPHRASE)
fi
exec "$step_ca" ca/ca.json --password-file "$passphrase"
