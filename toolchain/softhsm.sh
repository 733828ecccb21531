#!/usr/bin/env bash
# Prints the path of SoftHSM's PKCS#11 module for the tests. The distribution installs it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/messages.sh"

for path in /usr/lib/softhsm /usr/lib64/pkcs11 /usr/lib64/softhsm /usr/local/lib/softhsm /opt/homebrew/lib/softhsm; do
  if [[ -f $path/libsofthsm2.so ]]; then
    say "SoftHSM: installed, $path"
    printf '%s\n' "$path/libsofthsm2.so"
    exit 0
  fi
done
fail "SoftHSM is missing. It holds the keys in the PKCS#11 tests." \
  "Install softhsm2 and opensc (Debian) or softhsm and opensc (Fedora). Then run this again."
