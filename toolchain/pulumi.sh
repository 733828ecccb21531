#!/usr/bin/env bash
# Finds or gets the Pulumi CLI with its language host for Node. Prints the folder to put first on PATH.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"
export PULUMI_SKIP_UPDATE_CHECK=true

downloaded=${PULUMI_HOME:-$HOME/.pulumi}/versions/$PULUMI_VERSION/bin
built=$CACHE/pulumi-$PULUMI_VERSION

# use WHERE FOLDER: prints the result of this script.
use() {
  say "Pulumi CLI: $1, $2"
  printf '%s\n' "$2"
  exit 0
}

# is_recent PULUMI
is_recent() {
  [[ $("$1" version 2>/dev/null) =~ ^v([0-9]+)\.([0-9]+)\. ]] &&
    ((BASH_REMATCH[1] > 3 || (BASH_REMATCH[1] == 3 && BASH_REMATCH[2] >= PULUMI_OLDEST_MINOR)))
}

# has FOLDER PROGRAM...
has() {
  local program
  for program in "${@:2}"; do
    [[ -x $1/$program ]] || return 1
  done
}

use_installed() {
  local pulumi
  pulumi=$(type -P pulumi) || return 0
  if ! is_recent "$pulumi"; then
    say "$pulumi is not used: it is older than 3.$PULUMI_OLDEST_MINOR"
  elif ! has "$(dirname "$pulumi")" pulumi-language-nodejs && ! type -P pulumi-language-nodejs >/dev/null; then
    say "$pulumi is not used: there is no pulumi-language-nodejs beside it"
  else
    use "installed" "$(cd "$(dirname "$pulumi")" && pwd)"
  fi
}

use_downloaded() {
  if has "$downloaded" pulumi pulumi-language-nodejs && is_recent "$downloaded/pulumi"; then
    use "official download" "$downloaded"
  fi
}

use_built() {
  if has "$built" pulumi pulumi-language-nodejs pulumi-resource-pulumi-nodejs; then
    use "built from Go modules" "$built"
  fi
}

download() {
  say "Getting Pulumi $PULUMI_VERSION: official download, through npm's package pulumi"
  timeout 120 npx --yes "pulumi@$PULUMI_VERSION" version </dev/null >&2 ||
    say "The official download did not succeed; the next source is Go modules"
}

build() {
  local stamp=github.com/pulumi/pulumi/sdk/v3/go/common/version.Version
  local dynamic=$here/../node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs
  require_go "the Pulumi CLI" "install Pulumi 3.$PULUMI_OLDEST_MINOR or newer"
  [[ -f $dynamic ]] || fail "node_modules/@pulumi/pulumi is missing." "Run: npm ci"
  # An existing program comes from an earlier run that was stopped. Without the version stamp, the CLI refuses previews.
  if ! has "$built" pulumi-language-nodejs; then
    say "Building the language host for Node $LANGUAGE_HOST_VERSION (a minute or two)"
    cd "$here/pulumi/langhost"
    go_install "$built" github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs "$stamp=v$LANGUAGE_HOST_VERSION"
  fi
  if ! has "$built" pulumi; then
    say "Building the Pulumi CLI $PULUMI_VERSION (3 to 6 minutes)"
    cd "$here/pulumi/cli"
    go_install "$built" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi "$stamp=v$PULUMI_VERSION"
  fi
  # The host of dynamic providers comes with the SDK.
  install -m 755 "$dynamic" "$built/pulumi-resource-pulumi-nodejs"
}

use_installed
use_downloaded
use_built
download
use_downloaded
build
use_built
