#!/usr/bin/env bash
# Runs for `make up` after the build: brings up the dev stack, with its state in this checkout, then exports to ca/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source toolchain/messages.sh
source toolchain/stack-env.sh

if ! pulumi stack select "$KMS_PKI_STACK" 2>/dev/null; then
  pulumi stack init "$KMS_PKI_STACK"
  # You should be able to remove a trial stack with `make down`. Every other stack keeps the protection from Pulumi.yaml.
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

say "Next: make serve (a running step-ca loads the new files after SIGHUP)"
