#!/usr/bin/env bash
# Puts npm's package pcsclite, by which this package reaches a YubiKey, into node_modules. It is no dependency in package.json,
# because it is compiled when it is installed, which fails where there is no compiler: only who has a YubiKey needs it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
root=$here/..

loads() {
  [[ -d $1 ]] && (cd "$1" && node -e 'require("pcsclite")' 2>/dev/null)
}

if loads "$root"; then
  exit 0
fi
# It is compiled for one version of Node's interface.
folder=$CACHE/pcsclite-$PCSCLITE_VERSION-node-$(node -p process.versions.modules)
if ! loads "$folder"; then
  say "Compiling pcsclite $PCSCLITE_VERSION (a few seconds)"
  mkdir -p "$CACHE"
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  # Node's headers, where they came with it; otherwise node-gyp gets them.
  node=$(node -p 'path.resolve(fs.realpathSync(process.execPath), "../..")')
  if [[ -f $node/include/node/node.h ]]; then
    export npm_config_nodedir=$node
  fi
  # npm runs the scripts of those packages alone that are named here.
  echo '{ "private": true, "allowScripts": { "pcsclite": true } }' >"$draft/package.json"
  if ! (cd "$draft" && npm install --loglevel=error --no-audit --no-fund --no-package-lock "pcsclite@$PCSCLITE_VERSION" >&2) ||
    ! loads "$draft"; then
    fail "pcsclite could not be compiled; the lines above say why." \
      "Install what a YubiKey needs on your system: docs/yubikey.md says what. Then run this again."
  fi
  rm -rf "$folder"
  mv "$draft" "$folder"
fi
rm -rf "$root/node_modules/pcsclite"
ln -s "$folder/node_modules/pcsclite" "$root/node_modules/pcsclite"
loads "$root" || fail "node_modules/pcsclite does not load." "Remove $folder, then run this again."
say "pcsclite $PCSCLITE_VERSION: compiled, $folder"
