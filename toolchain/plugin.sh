#!/usr/bin/env bash
# Runs for `make plugin`: packs the provider plugin for `pulumi plugin install`, one archive for each system.
# plugin.sh [FOLDER]. PLUGIN_DOWNLOAD_URL is the address where the archives will be, for the schema.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/messages.sh

out=${1:-dist-plugin}
url=${PLUGIN_DOWNLOAD_URL-}
version=$(node -p 'require("./package.json").version')
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

say "Packing the plugin $version for Linux, macOS and Windows"
mkdir -p "$out" "$stage/dist" "$stage/provider/plugin"
cp -R dist/provider "$stage/dist/provider"
cp provider/plugin/schema.json "$stage/provider/plugin/"
cp LICENSE "$stage/"
PLUGIN_DOWNLOAD_URL=$url node -e '
  const { name, version, license, type, engines, exports, dependencies, peerDependencies, peerDependenciesMeta } = require("./package.json");
  const url = process.env.PLUGIN_DOWNLOAD_URL;
  const pulumi = url === "" ? {} : { pulumi: { pluginDownloadURL: url } };
  const own = { name, version, license, type, engines, exports, dependencies, peerDependencies, peerDependenciesMeta, ...pulumi };
  console.log(JSON.stringify(own, null, 2));
' >"$stage/package.json"

# What package-lock.json has for production, without types and without the optional peers, some of which are native.
node -e '
  const { packages } = require("./package-lock.json");
  const isNeeded = ([path, { dev, devOptional, optional, peer }]) =>
    path !== "" && !path.startsWith("node_modules/@types/") && !(dev || devOptional || optional || peer);
  console.log(Object.entries(packages).filter(isNeeded).map(([path]) => path).join("\n"));
' | tar -cf - --exclude='*.map' --exclude='*.d.ts' --exclude='*.d.mts' --exclude='*.d.cts' \
  --exclude='*/build/esm' --exclude='*/build/esnext' -T - | tar -xf - -C "$stage"

cat >"$stage/pulumi-resource-kms-pki" <<'SCRIPT'
#!/bin/sh
if ! command -v node >/dev/null; then
  echo "pulumi-resource-kms-pki needs Node 22 or newer on PATH" >&2
  exit 1
fi
exec node "$(dirname "$0")/dist/provider/plugin/main.js" "$@"
SCRIPT
chmod 755 "$stage/pulumi-resource-kms-pki"
printf '@node "%%~dp0dist\\provider\\plugin\\main.js" %%*\r\n' >"$stage/pulumi-resource-kms-pki.cmd"

# pack LAUNCHER SYSTEM...: the systems differ in the launcher alone.
pack() {
  local launcher=$1 system first=
  shift
  for system in "$@"; do
    local archive=$out/pulumi-resource-kms-pki-v$version-$system.tar.gz
    if [[ -z $first ]]; then
      tar -czf "$archive" -C "$stage" "$launcher" package.json LICENSE dist provider node_modules
      first=$archive
    else
      cp "$first" "$archive"
    fi
    say "  $archive"
  done
}
pack pulumi-resource-kms-pki linux-amd64 linux-arm64 darwin-amd64 darwin-arm64
pack pulumi-resource-kms-pki.cmd windows-amd64 windows-arm64
