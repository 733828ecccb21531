# shellcheck shell=bash
# Source this: a Node that is new enough is first on PATH, and keeps what it compiles, which takes a quarter off each run.
# KMS_PKI_NODE=22 or 24 asks for that one, and not for the one that is installed.

kms_pki_node_env() {
  local folder
  folder=$("$1/node.sh" ${KMS_PKI_NODE:+"$KMS_PKI_NODE"}) || return
  export PATH="${folder:+$folder:}$PATH"
  export NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$(source "$1/versions.sh" && echo "$CACHE/compiled")}
}
kms_pki_node_env "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
