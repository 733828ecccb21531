#!/usr/bin/env bash
# toolchain/go-tool.sh NAME: prints the path of a program that is written in Go, and builds it first if necessary. The table has the names.
# The programs of a Kubernetes cluster are built only in CI or if KMS_PKI_TEST_CLUSTER is 1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/versions.sh"
source "$here/messages.sh"
source "$here/go-install.sh"

# "module" is the folder here whose go.mod builds a program that cannot be installed by its version alone.
name=${1-} module='' tags='' stamp=''
case $name in
  step-ca) package=github.com/smallstep/certificates/cmd/step-ca version=$STEP_VERSION ;;
  step) package=github.com/smallstep/cli/cmd/step version=$STEP_VERSION ;;
  zlint) package=github.com/zmap/zlint/v3/cmd/zlint version=$ZLINT_VERSION ;;
  actionlint) package=github.com/rhysd/actionlint/cmd/actionlint version=$ACTIONLINT_VERSION ;;
  kubeconform) package=github.com/yannh/kubeconform/cmd/kubeconform version=$KUBECONFORM_VERSION ;;
  kustomize) package=sigs.k8s.io/kustomize/kustomize/v5 version=$KUSTOMIZE_VERSION ;;
  step-awskms-init | step-cloudkms-init) # smallstep's former tools, with which the tests make authorities
    module=init-tools package=github.com/smallstep/certificates/cmd/$name version=$INIT_TOOLS_VERSION
    ;;
  sdk-generator) # makes the SDKs of the plugin; its source is here
    module=pulumi/sdk-generator package=pulumi-kms-pki/toolchain/sdk-generator
    version=$PULUMI_VERSION-$(cat "$here/$module"/* | sha256sum | cut -c 1-8)
    ;;
  etcd | kube-apiserver | kubectl) # a cluster without nodes: its API server, the database of that, and the client
    module=cluster package=k8s.io/kubernetes/cmd/$name version=$KUBERNETES_VERSION stamp=k8s.io/component-base/version.gitVersion=v$version
    [[ $name != etcd ]] || package=pulumi-kms-pki/toolchain/cluster/etcd
    ;;
  # Without the discovery of services in clouds, which nothing here needs and which takes minutes to compile.
  promtool) package=github.com/prometheus/prometheus/cmd/promtool version=$PROMTOOL_VERSION tags=remove_all_sd ;;
  *) fail "there is no tool \"$name\" here." "toolchain/go-tool.sh lists the names." ;;
esac

# A program reaches a YubiKey through PC/SC, which Go uses through C.
has_pcsc() {
  LC_ALL=C grep -q SCardEstablishContext "$1"
}

can_build_pcsc() {
  # macOS includes it. Go uses these compilers.
  if [[ $(uname) == Darwin ]]; then
    type -P "${CC:-clang}" >/dev/null
  else
    type -P "${CC:-gcc}" >/dev/null && pkg-config --exists libpcsclite 2>/dev/null
  fi
}

# Programs built with PC/SC have their own folder, because they start only if its library is installed.
folder=$CACHE/$name-$version cgo=0 pcsc=
if [[ $name == step-ca ]]; then
  pcsc=" without PC/SC (no YubiKey: for that, install gcc, pkg-config and libpcsclite-dev)"
  if can_build_pcsc; then
    folder+=-pcsc cgo=1 pcsc=" with PC/SC"
  fi
fi

# Only these tell their version, so that an installed one can be used.
alternative=
if [[ $name == step-ca || $name == step ]]; then
  alternative="install $name $version"
fi
if [[ -n $alternative ]] && installed=$(type -P "$name") &&
  [[ $("$installed" version 2>/dev/null </dev/null) == *"/$version "* ]]; then
  # An installed step-ca may lack PC/SC if it was built without C.
  if ((!cgo)) || has_pcsc "$installed"; then
    say "$name $version: installed, $installed"
    printf '%s\n' "$installed"
    exit 0
  fi
fi

if [[ ! -x $folder/$name ]]; then
  if [[ $module == cluster && -z ${CI-} && ${KMS_PKI_TEST_CLUSTER-} != 1 ]]; then
    say "Continuing without $name, which takes minutes to build: set KMS_PKI_TEST_CLUSTER=1 to test what a cluster accepts."
    exit
  fi
  require_go "$name" "$alternative"
  say "Building $name $version$pcsc from Go modules (a minute or two)"
  if [[ -n $module ]]; then
    cd "$here/$module"
  else
    package+=@v$version
  fi
  go_install "$folder" "$package" "${stamp:-main.Version=$version}" "$cgo" "$tags"
fi
say "$name $version$pcsc: built, $folder"
printf '%s\n' "$folder/$name"
