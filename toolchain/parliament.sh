#!/usr/bin/env bash
# Prints the path of parliament, which reads the IAM policies of the tests. Gets it with pip when it has to.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"

folder=$CACHE/parliament-$PARLIAMENT_VERSION

# works FOLDER: what is installed in there breaks when Python is replaced by another version.
works() {
  [[ -x $1/parliament ]] && PYTHONPATH=$1/packages "$1/python" -s -c "import parliament.cli" 2>/dev/null
}

install_parliament() (
  remedy="Install Python $PYTHON_OLDEST or newer with pip (on Debian: python3 and python3-pip). Then run this again."
  python=$(type -P python3) || fail "Python is missing, and parliament is written in it." "$remedy"

  mkdir -p "$CACHE"
  # What installs that were killed left behind.
  find "$CACHE" -maxdepth 1 -name 'building.*' -mmin +120 -exec rm -rf {} +
  draft=$(mktemp -d "$CACHE/building.XXXXXX")
  trap 'rm -rf "$draft"' EXIT
  pip=("$python" -m pip)
  if ! "${pip[@]}" --version >/dev/null 2>&1; then
    # A Python without pip may still bring one along for virtual environments.
    "$python" -m venv "$draft/venv" >/dev/null 2>&1 || fail "$python has no pip, and parliament is installed by it." "$remedy"
    pip=("$draft/venv/bin/python" -m pip)
  fi
  # A folder of packages, and no virtual environment: that would not work under another name.
  mkdir "$draft/new"
  PIP_ROOT_USER_ACTION=ignore "${pip[@]}" install --quiet --disable-pip-version-check --no-input --no-warn-conflicts \
    --target "$draft/new/packages" "parliament==$PARLIAMENT_VERSION" >&2 ||
    fail "parliament could not be installed; the lines above say why." \
      "If packages could not be downloaded, check the network and \"pip config list\". Then run this again."
  # The interpreter itself and not what pyenv and its like put on PATH: those need a person's HOME.
  ln -s "$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')" "$draft/new/python"
  cat >"$draft/new/parliament" <<'LAUNCHER'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here/packages" exec "$here/python" -s -c 'from parliament.cli import cli; cli()' "$@"
LAUNCHER
  chmod 755 "$draft/new" "$draft/new/parliament"
  works "$draft/new" || fail "what pip installed for $python does not load." "$remedy"

  # It appears there whole or not at all.
  if [[ -e $folder ]]; then
    mv "$folder" "$draft/broken"
  fi
  mv "$draft/new" "$folder"
)

if ! works "$folder"; then
  say "Getting parliament $PARLIAMENT_VERSION with pip (a few seconds)"
  install_parliament
fi
say "parliament $PARLIAMENT_VERSION: installed, $folder"
printf '%s\n' "$folder/parliament"
