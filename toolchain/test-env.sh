# shellcheck shell=bash
# Source this to get the real programs that the tests and the measurements run. It installs those that are missing.

# kms_pki_optional_tool VARIABLE NAME TESTS: exports the path of a tool for Python. Without it, CI fails, and a person's run skips TESTS.
kms_pki_optional_tool() {
  local path
  if path=$(toolchain/python-tool.sh "$2"); then
    export "$1=$path"
  elif [[ -n ${CI-} ]]; then
    return 1
  else
    unset "$1"
    echo "Continuing without $2: $3 are skipped. The lines above say why." >&2
  fi
}

kms_pki_test_env() {
  local pulumi yaml python golang
  source toolchain/node-env.sh || return
  # Each project of a test leaves compiled code that no later run uses.
  find "$(source toolchain/versions.sh && echo "$CACHE/compiled")" -type f -mtime +7 -delete 2>/dev/null || true
  pulumi=$(toolchain/pulumi.sh) || return
  yaml=$(toolchain/pulumi-host.sh yaml "$pulumi") || return
  python=$(toolchain/pulumi-host.sh python "$pulumi") || return
  golang=$(toolchain/pulumi-host.sh go "$pulumi") || return
  STEP_CA=$(toolchain/go-tool.sh step-ca) || return
  STEP=$(toolchain/go-tool.sh step) || return
  ZLINT=$(toolchain/go-tool.sh zlint) || return
  ACTIONLINT=$(toolchain/go-tool.sh actionlint) || return
  PROMTOOL=$(toolchain/go-tool.sh promtool) || return
  STEP_AWSKMS_INIT=$(toolchain/go-tool.sh step-awskms-init) || return
  STEP_CLOUDKMS_INIT=$(toolchain/go-tool.sh step-cloudkms-init) || return
  SDK_GENERATOR=$(toolchain/go-tool.sh sdk-generator) || return
  KUBECONFORM=$(toolchain/go-tool.sh kubeconform) || return
  KUSTOMIZE=$(toolchain/go-tool.sh kustomize) || return
  ETCD=$(toolchain/go-tool.sh etcd) || return
  KUBE_APISERVER=$(toolchain/go-tool.sh kube-apiserver) || return
  KUBECTL=$(toolchain/go-tool.sh kubectl) || return
  MINISTACK=$(toolchain/python-tool.sh ministack) || return
  PYTHON_WITH_PULUMI=$(toolchain/python-tool.sh python-with-pulumi) || return
  kms_pki_optional_tool PARLIAMENT parliament "the tests that use it to check IAM policies" || return
  kms_pki_optional_tool PKILINT pkilint "the tests in which it lints certificates" || return
  kms_pki_optional_tool KUBERNETES_VALIDATE kubernetes-validate "the tests that judge manifests by its schemas" || return
  kms_pki_optional_tool BAO bao "the tests in which it signs requests" || return
  # Debian has pcscd in /usr/sbin, which may not be on PATH.
  export PATH="$pulumi:$yaml:$python:${golang:+$golang:}$PATH:/usr/sbin"
  export KUBECONFORM KUSTOMIZE ETCD KUBE_APISERVER KUBECTL
  export STEP_CA STEP ZLINT ACTIONLINT PROMTOOL MINISTACK STEP_AWSKMS_INIT STEP_CLOUDKMS_INIT SDK_GENERATOR PYTHON_WITH_PULUMI

  # Without a C and a Rust compiler, the tests with a virtual YubiKey are skipped.
  if PIV_CARD=$(toolchain/piv-card.sh) && toolchain/pcsclite.sh; then
    export PIV_CARD
  elif [[ -n ${CI-} ]]; then
    return 1
  else
    unset PIV_CARD
    echo "Continuing without a virtual YubiKey: the tests that need one are skipped. The lines above say what is missing." >&2
  fi

  if SOFTHSM=$(toolchain/softhsm.sh) && KRYOPTIC=$(toolchain/kryoptic.sh) && toolchain/pkcs11js.sh; then
    export SOFTHSM KRYOPTIC
  elif [[ -n ${CI-} ]]; then
    return 1
  else
    unset SOFTHSM KRYOPTIC
    echo "Continuing without PKCS#11 tokens: the tests that need one are skipped. The lines above say what is missing." >&2
  fi
}
kms_pki_test_env
