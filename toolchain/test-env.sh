# shellcheck shell=bash
# Source this: the real programs that the tests and the measurements run. Gets those that are not there.

kms_pki_test_env() {
  local pulumi
  pulumi=$(toolchain/pulumi.sh) || return
  STEP_CA=$(toolchain/go-tool.sh step-ca) || return
  STEP=$(toolchain/go-tool.sh step) || return
  ZLINT=$(toolchain/go-tool.sh zlint) || return
  ACTIONLINT=$(toolchain/go-tool.sh actionlint) || return
  MINISTACK=$(toolchain/ministack.sh) || return
  export PATH="$pulumi:$PATH" STEP_CA STEP ZLINT ACTIONLINT MINISTACK
}
kms_pki_test_env
