#!/usr/bin/env bash
# Runs for `make down`: destroys the resources of the dev stack, and says what remains.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/messages.sh
source toolchain/stack-env.sh

if ! pulumi stack select "$KMS_PKI_STACK" 2>/dev/null; then
  say "There is no stack $KMS_PKI_STACK: nothing to destroy"
  exit 0
fi
# step-ca keeps its process ID in the folder of its database while the database is open.
step_ca=$(cat ca/db/LOCK 2>/dev/null || true)
if [[ $step_ca =~ ^[0-9]+$ && $(ps -p "$step_ca" -o comm= 2>/dev/null || cat "/proc/$step_ca/comm" 2>/dev/null) == *step-ca* ]]; then
  fail "step-ca still runs on ca/ (process $step_ca), and nothing was destroyed." \
    "Stop it (Ctrl-C where \"make serve\" runs, or kill $step_ca), then run \"make down\" again."
fi

node dist/provider/cli/main.js recover --stack "$KMS_PKI_STACK" >/dev/null ||
  fail "the stack $KMS_PKI_STACK could not be recovered; the lines above say why." \
    "Before you run \"pulumi\" yourself: source toolchain/stack-env.sh"

# Checks whether ca/ belongs to this stack: the folder may hold an authority from elsewhere.
served=
if [[ -f ca/root_ca.crt && $(pulumi stack output rootCertificate 2>/dev/null) == "$(<ca/root_ca.crt)" ]]; then
  served=yes
fi

say "Destroying the resources of the stack $KMS_PKI_STACK"
pulumi destroy --yes --skip-preview --stack "$KMS_PKI_STACK" ||
  fail "the stack is not down; the lines above say why." \
    "If deletion protection is the reason, and you want to delete the keys anyway, run:" \
    "  source toolchain/stack-env.sh" \
    "  pulumi config set kms-pki:deletionProtection false --stack $KMS_PKI_STACK" \
    "  make up down"

say "The stack $KMS_PKI_STACK is empty. What remains:"
if compgen -G 'keys/*' >/dev/null; then
  say "  keys/          files that are not resources of this stack"
fi
if [[ -n $served ]]; then
  # Move it out of the way of the next authority, but keep manual settings and step-ca's records.
  old=ca/destroyed-$(date +%Y%m%d-%H%M%S)
  mkdir -m 700 "$old"
  find ca -mindepth 1 -maxdepth 1 ! -name 'destroyed-*' -exec mv {} "$old" \;
  say "  $old    what step-ca served; useless without its keys"
elif [[ -f ca/ca.json ]]; then
  say "  ca/            not from the current root of this stack; not changed"
fi
# This never removes them: a backup of the key files, or another stack, may need them.
[[ ! -d .secrets ]] || say "  .secrets/      the passphrases; \"make up\" uses them again"
say "  the stack      its settings and its history; to remove it too:" \
  "                 source toolchain/stack-env.sh && pulumi stack rm $KMS_PKI_STACK"
