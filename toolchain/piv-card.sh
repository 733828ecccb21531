#!/usr/bin/env bash
# Prints the path of piv-card, the software PIV card that the tests put into a virtual reader. Builds it first with cargo if
# necessary, from test/piv-card.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/cargo-build.sh"

source=$here/../test/piv-card
folder=$CACHE/piv-card-$(cargo_source_hash "$source")
if [[ ! -x $folder/piv-card ]]; then
  require_cargo "the virtual card of the tests"
  # Its file system is written in C, and bindgen translates the headers with libclang.
  require_clang "the virtual card of the tests"
  cargo_build piv-card "$source" piv-card "$folder"
fi
say "piv-card: built, $folder"
printf '%s\n' "$folder/piv-card"
