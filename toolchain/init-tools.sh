#!/usr/bin/env bash
# toolchain/init-tools.sh step-awskms-init|step-cloudkms-init: prints the path of smallstep's former tool, and builds it first if
# necessary. The tests make certificate authorities with it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"

name=${1-}
case $name in
  step-awskms-init | step-cloudkms-init) ;;
  *) fail "there is no init tool \"$name\" here." "Run: toolchain/init-tools.sh step-awskms-init or step-cloudkms-init" ;;
esac

folder=$CACHE/$name-$INIT_TOOLS_VERSION
if [[ ! -x $folder/$name ]]; then
  require_go "$name"
  say "Building $name $INIT_TOOLS_VERSION from Go modules (a minute or two)"
  # A module of our own, because the tool's go.mod replaces a module.
  cd "$here/init-tools"
  go_install "$folder" "github.com/smallstep/certificates/cmd/$name" "main.Version=$INIT_TOOLS_VERSION"
fi
say "$name $INIT_TOOLS_VERSION: built, $folder"
printf '%s\n' "$folder/$name"
