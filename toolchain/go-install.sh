# shellcheck shell=bash
# Builds a Go program into the cache. Needs versions.sh and messages.sh.

# require_go PROGRAM [ALTERNATIVE]: fails if Go is missing or too old. The message suggests ALTERNATIVE.
require_go() {
  local remedy="Install Go 1.$GO_OLDEST_MINOR or newer and put \"go\" on PATH${2:+, or $2}. Then run this again."
  type -P go >/dev/null || fail "Go is missing, and $1 is built with it." "$remedy"
  [[ $(go env GOVERSION) =~ ^go1\.([0-9]+) ]] || fail "\"go env GOVERSION\" names no version of Go 1." "$remedy"
  ((BASH_REMATCH[1] >= GO_OLDEST_MINOR)) || fail "$(go env GOVERSION) is too old to build $1." "$remedy"
}

# Sums up the thousands of progress lines of `go install -v`, and passes on all other lines.
sum_up() {
  local line modules=0 packages=0
  while IFS= read -r line; do
    case $line in
      "go: downloading "*)
        ((++modules % 50)) || say "  $modules modules downloaded"
        ;;
      *[[:space:]]* | "") say "$line" ;;
      *)
        ((++packages % 200)) || say "  $packages packages compiled"
        ;;
    esac
  done
}

# go_install FOLDER PACKAGE VARIABLE=VALUE [CGO [TAGS]]: builds PACKAGE into FOLDER, with the given version stamp, with cgo if CGO is 1, and with the
# build tags.
# The program appears there whole or not at all.
go_install() (
  name=$(basename "${2%@*}")
  [[ $name != v[0-9]* ]] || name=$(basename "$(dirname "${2%@*}")") # a major version is part of the module's path
  mkdir -p "$CACHE" "$1"
  # Remove what killed builds left behind.
  find "$CACHE" -maxdepth 1 -name 'building.*' -mmin +120 -exec rm -rf {} +
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  # Without cgo, this needs no C compiler. GOFLAGS and GOWORK that you set for your own modules would break this build.
  CGO_ENABLED=${4:-0} GOBIN=$draft GOFLAGS=-mod=readonly GOWORK=off \
    go install -v -trimpath -tags "${5-}" -ldflags "-s -w -X $3" "$2" 2>&1 | sum_up ||
    fail "$name could not be built; the lines above say why." \
      "If modules could not be downloaded, check the network and \"go env GOPROXY\". Then run this again."
  mv -f "$draft/$name" "$1/$name"
  say "$name is built ($SECONDS s): $1"
)
