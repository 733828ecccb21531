#!/usr/bin/env bash
# What `make up` does once the project is compiled: the dev stack in a state folder of this checkout, then ca/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/messages.sh
source toolchain/stack-env.sh

if ! pulumi stack select "$KMS_PKI_STACK" 2>/dev/null; then
  pulumi stack init "$KMS_PKI_STACK"
  # A try-out should go away with `make down`. Every other stack keeps the protection that Pulumi.yaml gives it.
  if [[ $KMS_PKI_STACK == dev ]] && ! grep -qs 'kms-pki:deletionProtection' Pulumi.dev.yaml; then
    pulumi config set kms-pki:deletionProtection false
  fi
fi
node dist/provider/cli/main.js recover --stack "$KMS_PKI_STACK" >/dev/null ||
  fail "the stack $KMS_PKI_STACK could not be recovered; the lines above say why." \
    "Before you run \"pulumi\" yourself: source toolchain/stack-env.sh"

say "Updating the stack $KMS_PKI_STACK"
pulumi up --yes --skip-preview --suppress-outputs --stack "$KMS_PKI_STACK" ||
  fail "the stack is not up; the lines above say why." "Fix the cause, then run \"make up\" again. It continues from there."

say "Writing ca/ for step-ca"
node dist/provider/cli/main.js export --dir ca ||
  fail "the stack is up, but ca/ was not written; the lines above say why." \
    "To replace the files in ca/, run:" \
    "  source toolchain/stack-env.sh && kms-pki export --dir ca --force"

say "Next: make serve (a step-ca that runs already takes the new files over after SIGHUP)"
