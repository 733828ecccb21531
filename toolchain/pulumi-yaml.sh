#!/usr/bin/env bash
# Finds or gets Pulumi's language host for YAML. Prints its folder, to put on PATH.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"

host=pulumi-language-yaml
built=$CACHE/pulumi-yaml-$YAML_HOST_VERSION

# The official downloads of Pulumi have it beside the CLI.
beside=${1:+$1/$host}
installed=$(type -P "${beside:-$host}" || type -P "$host" || true)
if [[ -n $installed ]]; then
  dirname "$installed"
  exit
fi
if [[ ! -x $built/$host ]]; then
  require_go "Pulumi's language host for YAML"
  say "Building the language host for YAML $YAML_HOST_VERSION (4 minutes)"
  cd "$here/pulumi/yaml"
  go_install "$built" "github.com/pulumi/pulumi-yaml/cmd/$host" \
    "github.com/pulumi/pulumi-yaml/pkg/version.Version=v$YAML_HOST_VERSION"
fi
printf '%s\n' "$built"
