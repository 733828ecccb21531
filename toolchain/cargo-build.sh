# shellcheck shell=bash
# Builds a Rust program for the tests into the cache. Needs versions.sh and messages.sh.

# require_cargo PROGRAM
require_cargo() {
  local remedy="Install Rust 1.$RUST_OLDEST_MINOR or newer with cargo (https://rustup.rs). Then run this again."
  type -P cargo >/dev/null || fail "cargo is missing, and $1 is built with it." "$remedy"
  [[ $(cargo --version 2>/dev/null) =~ ^cargo\ 1\.([0-9]+) ]] || fail "\"cargo --version\" names no version of cargo 1." "$remedy"
  ((BASH_REMATCH[1] >= RUST_OLDEST_MINOR)) || fail "$(cargo --version) is too old to build $1." "$remedy"
}

# require_clang PROGRAM
require_clang() {
  type -P clang >/dev/null ||
    fail "clang is missing, and parts of $1 are C." \
      "Install clang with libclang (on Debian: clang and libclang-dev). Then run this again."
}

# cargo_source_hash SOURCE: prints a hash of the source, so that a change makes a new build.
cargo_source_hash() {
  local hash
  hash=$(cd "$1" && find Cargo.toml Cargo.lock src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  printf '%s\n' "${hash:0:16}"
}

# cargo_build NAME SOURCE FILE FOLDER: builds FILE into FOLDER, where it appears whole or not at all.
cargo_build() (
  say "Building $1 with cargo (1 to 3 minutes the first time)"
  mkdir -p "$CACHE"
  # Remove what killed builds left behind.
  find "$CACHE" -maxdepth 1 -name 'building.*' -mmin +120 -exec rm -rf {} +
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  # Compiled dependencies stay beside it, so that a change of the source costs seconds. cargo allows one build at a time there.
  cargo build --release --locked --color never --manifest-path "$2/Cargo.toml" --target-dir "$CACHE/$1-objects" 2>&1 |
    sum_up_crates ||
    fail "$1 could not be built; the lines above say why." \
      "If libclang is missing, install it (on Debian: libclang-dev); if crates could not be downloaded, check the network. Then run this again."
  mkdir -p "$4"
  cp "$CACHE/$1-objects/release/$3" "$draft/$3"
  mv -f "$draft/$3" "$4/$3"
)

# Sums up cargo's hundreds of progress lines, and passes on all other lines.
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
