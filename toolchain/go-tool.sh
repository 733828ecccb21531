#!/usr/bin/env bash
# toolchain/go-tool.sh step-ca|step|zlint: prints the path of the program, which it builds when it has to.
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
  *) fail "there is no tool \"$name\" here." "Run: toolchain/go-tool.sh step-ca, step or zlint" ;;
esac

# What reaches a YubiKey in a program: PC/SC, which Go has by C.
has_pcsc() {
  LC_ALL=C grep -q SCardEstablishContext "$1"
}

can_build_pcsc() {
  # macOS has it of its own. The compilers are those that Go takes.
  if [[ $(uname) == Darwin ]]; then
    type -P "${CC:-clang}" >/dev/null
  else
    type -P "${CC:-gcc}" >/dev/null && pkg-config --exists libpcsclite 2>/dev/null
  fi
}

# The folder of those built with PC/SC is another one, since they start only where its library is.
folder=$CACHE/$name-$version cgo=0 pcsc=
if [[ $name == step-ca ]]; then
  pcsc=" without PC/SC (no YubiKey: for that, install gcc, pkg-config and libpcsclite-dev)"
  if can_build_pcsc; then
    folder+=-pcsc cgo=1 pcsc=" with PC/SC"
  fi
fi

# zlint does not know its version, so an installed one could be any.
alternative=
if [[ $name != zlint ]]; then
  alternative="install $name $version"
fi
if [[ -n $alternative ]] && installed=$(type -P "$name") &&
  [[ $("$installed" version 2>/dev/null </dev/null) == *"/$version "* ]]; then
  # An installed step-ca may have no PC/SC, as one that was built without C.
  if ((!cgo)) || has_pcsc "$installed"; then
    say "$name $version: installed, $installed"
    printf '%s\n' "$installed"
    exit 0
  fi
fi

if [[ ! -x $folder/$name ]]; then
  require_go "$name" "$alternative"
  say "Building $name $version$pcsc from Go modules (a minute or two)"
  go_install "$folder" "$package@v$version" "main.Version=$version" "$cgo"
fi
say "$name $version$pcsc: built, $folder"
printf '%s\n' "$folder/$name"
