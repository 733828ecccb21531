#!/usr/bin/env bash
# Puts npm's package pcsclite, with which this package reaches a YubiKey, into node_modules.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/compiled-package.sh"
compiled_package "$here/.." pcsclite "$PCSCLITE_VERSION" \
  "Install what a YubiKey needs on your system: docs/yubikey.md says what. Then run this again."
