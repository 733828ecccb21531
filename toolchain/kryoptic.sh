#!/usr/bin/env bash
# Prints the path of a second PKCS#11 module for the tests, beside SoftHSM: the software token kryoptic. Builds it first with cargo
# if necessary, from test/pkcs11/kryoptic.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/cargo-build.sh"

source=$here/../test/pkcs11/kryoptic
folder=$CACHE/kryoptic-$(cargo_source_hash "$source")
if [[ ! -f $folder/libkryoptic_module.so ]]; then
  require_cargo kryoptic
  # bindgen makes its OpenSSL bindings with libclang.
  require_clang kryoptic
  cargo_build kryoptic "$source" libkryoptic_module.so "$folder"
fi
say "kryoptic: built, $folder"
printf '%s\n' "$folder/libkryoptic_module.so"
