#!/usr/bin/env bash
# Prints the path of piv-card, the PIV card in software that the tests put into a virtual reader. Builds it with cargo when it has to:
# test/piv-card is its source.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"

source=$here/../test/piv-card

build_card() (
  remedy="Install Rust 1.$RUST_OLDEST_MINOR or newer with cargo (https://rustup.rs). Then run this again."
  type -P cargo >/dev/null || fail "cargo is missing, and the virtual card of the tests is built with it." "$remedy"
  [[ $(cargo --version 2>/dev/null) =~ ^cargo\ 1\.([0-9]+) ]] || fail "\"cargo --version\" names no version of cargo 1." "$remedy"
  ((BASH_REMATCH[1] >= RUST_OLDEST_MINOR)) || fail "$(cargo --version) is too old to build the virtual card of the tests." "$remedy"
  # Its file system is C, whose headers bindgen translates with libclang.
  type -P clang >/dev/null ||
    fail "clang is missing, and parts of the virtual card of the tests are C." \
      "Install clang with libclang (on Debian: clang and libclang-dev). Then run this again."

  say "Building piv-card, the virtual card of the tests, with cargo (1 to 3 minutes the first time)"
  mkdir -p "$CACHE"
  # What builds that were killed left behind.
  find "$CACHE" -maxdepth 1 -name 'building.*' -mmin +120 -exec rm -rf {} +
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  # What is compiled already stays beside it, so that a change of the source costs seconds. cargo locks it for one build at a time.
  cargo build --release --locked --color never --manifest-path "$source/Cargo.toml" --target-dir "$CACHE/piv-card-objects" 2>&1 |
    sum_up_crates ||
    fail "piv-card could not be built; the lines above say why." \
      "If libclang is missing, install it (on Debian: libclang-dev); if crates could not be downloaded, check the network. Then run this again."
  # It appears there whole or not at all.
  mkdir -p "$folder"
  cp "$CACHE/piv-card-objects/release/piv-card" "$draft/piv-card"
  mv -f "$draft/piv-card" "$folder/piv-card"
)

# Sums up the hundreds of lines of cargo; what is no progress passes.
sum_up_crates() {
  local line crates=0
  while IFS= read -r line; do
    case $line in
      *" Compiling "*)
        ((++crates % 50)) || say "  $crates crates compiled"
        ;;
      *" Downloaded "* | *" Downloading "* | *" Updating "* | *" Locking "* | *" Blocking "*) ;;
      *) say "$line" ;;
    esac
  done
}

# Named by what it is built from, so that a change builds a new one.
hash=$(cd "$source" && find Cargo.toml Cargo.lock src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
folder=$CACHE/piv-card-${hash:0:16}
if [[ ! -x $folder/piv-card ]]; then
  build_card
fi
say "piv-card: built, $folder"
printf '%s\n' "$folder/piv-card"
