#!/usr/bin/env bash
# toolchain/go-tool.sh step-ca|step|zlint|actionlint: prints the path of the program, which it builds when it has to.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"

name=${1-}
case $name in
  step-ca) package=github.com/smallstep/certificates/cmd/step-ca version=$STEP_VERSION ;;
  step) package=github.com/smallstep/cli/cmd/step version=$STEP_VERSION ;;
  zlint) package=github.com/zmap/zlint/v3/cmd/zlint version=$ZLINT_VERSION ;;
  actionlint) package=github.com/rhysd/actionlint/cmd/actionlint version=$ACTIONLINT_VERSION ;;
  *) fail "there is no tool \"$name\" here." "Run: toolchain/go-tool.sh step-ca, step, zlint or actionlint" ;;
esac

# zlint does not know its version, so an installed one could be any; nor has actionlint the command "version".
alternative=
if [[ $name != zlint && $name != actionlint ]]; then
  alternative="install $name $version"
fi
if [[ -n $alternative ]] && installed=$(type -P "$name") &&
  [[ $("$installed" version 2>/dev/null </dev/null) == *"/$version "* ]]; then
  say "$name $version: installed, $installed"
  printf '%s\n' "$installed"
  exit 0
fi

folder=$CACHE/$name-$version
if [[ ! -x $folder/$name ]]; then
  require_go "$name" "$alternative"
  say "Building $name $version from Go modules (a minute or two)"
  go_install "$folder" "$package@v$version" "main.Version=$version"
fi
say "$name $version: built, $folder"
printf '%s\n' "$folder/$name"
