#!/usr/bin/env bash
# toolchain/pulumi-host.sh yaml|python|go [FOLDER]: finds or gets Pulumi's language host for a language, first in the CLI's FOLDER.
# Prints the host's folder, to put on PATH. Go's host is built only if KMS_PKI_TEST_GO is 1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"

language=${1-} sdk=github.com/pulumi/pulumi/sdk/v3
stamp=$sdk/go/common/version.Version
case $language in
  yaml)
    name=YAML module=yaml version=$YAML_HOST_VERSION time="4 minutes"
    package=github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml stamp=github.com/pulumi/pulumi-yaml/pkg/version.Version
    ;;
  python) name=Python module=langhost version=$LANGUAGE_HOST_VERSION package=$sdk/python/cmd/pulumi-language-python time="half a minute" ;;
  go) name=Go module=golang version=$GO_HOST_VERSION package=$sdk/go/pulumi-language-go time="3 minutes" ;;
  *) fail "there is no language host for \"$language\" here." "Run: toolchain/pulumi-host.sh yaml, python or go" ;;
esac
host=pulumi-language-$language
built=$CACHE/pulumi-$language-$version

# The official downloads of Pulumi have it beside the CLI.
beside=${2:+$2/$host}
installed=$(type -P "${beside:-$host}" || type -P "$host" || true)
if [[ -n $installed ]]; then
  dirname "$installed"
  exit
fi
if [[ ! -x $built/$host ]]; then
  if [[ $language == go && ${KMS_PKI_TEST_GO-} != 1 ]]; then
    say "Continuing without programs in Go, the first of which takes minutes to build: set KMS_PKI_TEST_GO=1 to test them."
    exit
  fi
  require_go "Pulumi's language host for $name"
  say "Building the language host for $name $version ($time)"
  cd "$here/pulumi/$module"
  if [[ $language == python ]]; then
    # What runs the program is itself a program in Python, and belongs beside the host.
    go mod download "$sdk" || fail "the module of the language host could not be downloaded." "Check the network. Then run this again."
    mkdir -p "$built"
    install -m 755 "$(go list -m -f '{{.Dir}}' "$sdk")/python/cmd/$host-exec" "$built/$host-exec"
  fi
  go_install "$built" "$package" "$stamp=v$version"
fi
printf '%s\n' "$built"
