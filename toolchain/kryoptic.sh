#!/usr/bin/env bash
# Prints the path of a PKCS#11 module that is not SoftHSM: the software token kryoptic, for the tests. Builds it with cargo when it
# has to: test/pkcs11/kryoptic is its source.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/cargo-build.sh"

source=$here/../test/pkcs11/kryoptic
folder=$CACHE/kryoptic-$(cargo_source_hash "$source")
if [[ ! -f $folder/libkryoptic_module.so ]]; then
  require_cargo kryoptic
  # Its bindings of OpenSSL are made by bindgen, with libclang.
  require_clang kryoptic
  cargo_build kryoptic "$source" libkryoptic_module.so "$folder"
fi
say "kryoptic: built, $folder"
printf '%s\n' "$folder/libkryoptic_module.so"
