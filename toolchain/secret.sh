#!/usr/bin/env bash
# toolchain/secret.sh FILE [ENCRYPTED]: makes FILE with a random secret if it does not exist yet. Fails if
# ENCRYPTED names an existing file that an earlier secret protects, because a new secret would not open it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/messages.sh"

file=$1 encrypted=${2-}
if [[ -s $file ]]; then
  exit 0
fi
[[ ! -e $file ]] || fail "$file is empty." "Put it back from your backup, or remove it if nothing was made with it."
[[ -z $encrypted ]] || fail "$encrypted is protected by the secret that was in $file, which is missing." \
  "Put $file back from your backup, or name the secret in the environment: toolchain/stack-env.sh says how."

# Nobody else can read it at any time, and it appears whole or not at all. `ln` never replaces a file.
umask 077
mkdir -p "$(dirname "$file")"
chmod 700 "$(dirname "$file")"
draft=$(mktemp "$file.XXXXXX")
trap 'rm -f "$draft"' EXIT
node -p 'crypto.randomBytes(24).toString("base64url")' >"$draft"
ln "$draft" "$file" 2>/dev/null || [[ -s $file ]] || fail "$file cannot be made." "Check who owns $(dirname "$file")."
say "Made a random secret in $file; keep a backup of it"
