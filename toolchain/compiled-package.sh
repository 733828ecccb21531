# shellcheck shell=bash
# Puts an npm package that is compiled during its installation into node_modules. Such a package is not a dependency in
# package.json, because its installation fails without a compiler, and only users of its device need it. Needs versions.sh and
# messages.sh.

# compiled_package ROOT NAME VERSION REMEDY
compiled_package() (
  root=$1 name=$2 version=$3 remedy=$4
  loads() {
    [[ -d $1 ]] && (cd "$1" && node -e "require('$name')" 2>/dev/null)
  }

  if loads "$root"; then
    exit 0
  fi
  # It is compiled for one version of Node's binary interface.
  folder=$CACHE/$name-$version-node-$(node -p process.versions.modules)
  if ! loads "$folder"; then
    say "Compiling $name $version (a few seconds)"
    mkdir -p "$CACHE"
    draft=$(mktemp -d "$CACHE/building.XXXXXX")
    trap 'rm -rf "$draft"' EXIT
    # Use Node's headers if Node came with them; otherwise node-gyp downloads them.
    node=$(node -p 'path.resolve(fs.realpathSync(process.execPath), "../..")')
    if [[ -f $node/include/node/node.h ]]; then
      export npm_config_nodedir=$node
    fi
    # npm runs the scripts of only the packages named here.
    echo "{ \"private\": true, \"allowScripts\": { \"$name\": true } }" >"$draft/package.json"
    if ! (cd "$draft" && npm install --loglevel=error --no-audit --no-fund --no-package-lock "$name@$version" >&2) ||
      ! loads "$draft"; then
      fail "$name could not be compiled; the lines above say why." "$remedy"
    fi
    rm -rf "$folder"
    mv "$draft" "$folder"
  fi
  rm -rf "$root/node_modules/$name"
  ln -s "$folder/node_modules/$name" "$root/node_modules/$name"
  loads "$root" || fail "node_modules/$name does not load." "Remove $folder, then run this again."
  say "$name $version: compiled, $folder"
)
