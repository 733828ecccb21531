#!/usr/bin/env bash
# Puts npm's package pkcs11js, with which this package loads PKCS#11 modules, into node_modules.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/compiled-package.sh"
compiled_package "$here/.." pkcs11js "$PKCS11JS_VERSION" \
  "Install a C++ compiler, make and python3: docs/pkcs11.md says how. Then run this again."
