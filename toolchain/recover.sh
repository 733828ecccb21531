#!/usr/bin/env bash
# toolchain/recover.sh [STACK]: sets a stack right after a `pulumi` that was killed. Run it where Pulumi.yaml is, with
# the environment of your `pulumi up`, before it. Nothing happens when nothing was killed.
#
# A killed run leaves its lock, and operations of which nobody knows whether they happened. Only a file backend is
# touched, and a lock only when its process is proven to be gone.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/messages.sh"

stack=${1:-$(pulumi stack --show-name)}
cancel=(pulumi cancel --yes "$stack")
refresh=(pulumi refresh --yes --skip-preview --clear-pending-creates --stack "$stack")

backend=$(pulumi whoami --json | node -p 'JSON.parse(fs.readFileSync(0)).url')
if [[ $backend != file://* ]]; then
  exit 0 # a service looks after its locks itself
fi
folder=${backend#file://}
folder=${folder%%\?*}
folder=${folder/#\~/$HOME}
project=$(sed -n 's/^name:[[:space:]]*\([^[:space:]#]*\).*/\1/p' Pulumi.yaml | tr -d "\"'")

# is_gone PID: whether the process is proven to be gone.
is_gone() {
  local stat
  if [[ $(LC_ALL=C kill -0 "$1" 2>&1) == *"No such process"* ]]; then
    return 0
  fi
  # Its number may be another program's by now; and a zombie does nothing any more.
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null && [[ $stat != *"("*pulumi*")"* || $stat == *") Z "* ]]
}

# refuse WHY
refuse() {
  fail "the stack $stack is locked, and $1." \
    "Wait until that run has ended. Only when it is certain that it has, run:" \
    "  ${cancel[*]}" \
    "  ${refresh[*]}"
}

recovering=
for lock in "$folder/.pulumi/locks/organization/$project/${stack##*/}"/*.json; do
  [[ -e $lock ]] || continue
  [[ $(<"$lock") =~ \"pid\":([0-9]+),.*\"hostname\":\"([^\"]*)\" ]] || refuse "$lock does not say by whom"
  pid=${BASH_REMATCH[1]} host=${BASH_REMATCH[2]}
  [[ $host == "$(uname -n)" ]] || refuse "process $pid on the machine $host holds the lock"
  is_gone "$pid" || refuse "process $pid holds the lock and may be at work"
  say "An earlier run was killed (process $pid): its lock is still there"
  recovering=yes
done

# Pulumi writes its files in one piece, but not that of their attributes beside them. An empty one makes it fail with "EOF";
# without it, it reads what is there. Nobody is at work now.
while IFS= read -r -d '' empty; do
  say "Recovering: removing $empty, which a killed run left empty"
  rm "$empty"
done < <(find "$folder/.pulumi/stacks/$project" "$folder/.pulumi/locks/organization/$project" -name '*.attrs' -empty -print0 2>/dev/null)

if [[ -n $recovering ]]; then
  say "Recovering: ${cancel[*]}"
  "${cancel[@]}" >&2
fi
pending=$(pulumi stack export --stack "$stack" |
  node -p '(JSON.parse(fs.readFileSync(0)).deployment?.pending_operations ?? []).length')
if ((pending > 0)); then
  say "An earlier run was killed: it is not known whether $pending of its operations happened"
  recovering=yes
fi
if [[ -n $recovering ]]; then
  say "Recovering: ${refresh[*]}"
  "${refresh[@]}" >&2 || fail "the refresh failed; the lines above say why." "Put that right, then run this again."
fi
