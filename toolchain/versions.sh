# shellcheck shell=bash disable=SC2034 # others source this
# The versions of the programs that this project runs but does not ship, and their cache folder.

NODE_VERSION=24.21.0 # used if the installed one is too old; npm has it for Linux on both architectures
NODE_OLDEST_VERSION=22.23.2 # the tests run with it, because it is the oldest supported major version
NODE_OLDEST_MAJOR=22 # also in package.json
PULUMI_VERSION=3.256.0 # also in pulumi/cli/go.mod
PULUMI_OLDEST_MINOR=200 # the oldest installed 3.x that is used
LANGUAGE_HOST_VERSION=3.68.0 # of Node and Python, also in pulumi/langhost/go.mod
GO_HOST_VERSION=3.66.0 # also in pulumi/golang/go.mod
YAML_HOST_VERSION=1.25.0 # also in pulumi/yaml/go.mod
STEP_VERSION=0.30.2 # step-ca and step
INIT_TOOLS_VERSION=0.23.1 # step-awskms-init and step-cloudkms-init, also in init-tools/go.mod
ZLINT_VERSION=3.6.6
ACTIONLINT_VERSION=1.7.7
PROMTOOL_VERSION=0.316.0 # of Prometheus 3.16.0
KUBECONFORM_VERSION=0.8.0 # judges manifests
KUSTOMIZE_VERSION=5.8.2 # the last that Go 1.26 builds
KUBERNETES_VERSION=1.37.2 # of the cluster that admits objects, also in cluster/go.mod
KUBERNETES_VALIDATE_VERSION=1.37.0 # has the schemas of Kubernetes' objects, for kubeconform
GO_OLDEST_MINOR=26 # of Go 1.x
MINISTACK_VERSION=1.5.33
OPENBAO_VERSION=2.7.2 # the PKI of somebody else in the tests
PARLIAMENT_VERSION=1.6.4 # checks IAM policies
PKILINT_VERSION=0.13.3 # lints certificates
PCSCLITE_VERSION=1.0.1
PKCS11JS_VERSION=2.1.7
CRYPTOGRAPHY_VERSION=50.0.2 # ministack makes asymmetric keys with it
PULUMI_PYTHON_VERSION=3.256.0 # Pulumi's SDK for Python
PARVER_VERSION=1.0.1.post0 # the SDK for Python needs it
PIP_VERSION=26.3 # the language host for Python asks it for the installed packages
SETUPTOOLS_VERSION=84.2.1 # makes the wheel of the SDK for Python
PYTHON_OLDEST=3.10 # required by ministack, pkilint and Pulumi's SDK
RUST_OLDEST_MINOR=87 # of Rust 1.x, for the tests' virtual card

# A service or a container may lack HOME, but bash still knows the folder.
export HOME=${HOME:-~}
CACHE=${KMS_PKI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-kms-pki}
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
