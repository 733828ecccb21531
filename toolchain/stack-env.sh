# shellcheck shell=bash
# Source this in bash to set up the environment in which `pulumi` works on the stack of this checkout.
# It keeps the variables that you have set:
#   PULUMI_BACKEND_URL                                           location of the state; default .pulumi-state/
#   PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE    encrypts secrets in it; default .secrets/stack-passphrase
#   KMS_PKI_PASSPHRASE or KMS_PKI_PASSPHRASE_FILE                encrypts the key files; default .secrets/passphrase
#   KMS_PKI_PROVISIONER_PASSWORD or ..._FILE                     for "step ca certificate"; default .secrets/provisioner-password
#   KMS_PKI_STACK                                                the stack; default dev

# kms_pki_stack_uses ROOT KMS|KMS...: checks whether the stack's settings choose one of them for any key.
kms_pki_stack_uses() {
  grep -Eqs "^ *[\"']?kms-pki:(kms|rootKms)[\"']?: *[\"']?($2)[\"']? *(#.*)?$" "$1/Pulumi.$KMS_PKI_STACK.yaml"
}

# Do not use exit or `set` here, because this may run in your interactive shell.
kms_pki_stack_env() {
  local root pulumi
  if [[ -z ${BASH_VERSION-} ]]; then
    echo "error: this is for bash. Start bash, then source it again." >&2
    return 1
  fi
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || return
  export HOME=${HOME:-~} # a service or a container may lack it, and pulumi needs it
  # shellcheck source=toolchain/node-env.sh
  source "$root/toolchain/node-env.sh" || return
  pulumi=$("$root/toolchain/pulumi.sh") || return
  export PATH="$pulumi:$root/toolchain/bin:$root/node_modules/.bin:$PATH"
  export KMS_PKI_STACK=${KMS_PKI_STACK:-dev}

  if [[ -z ${PULUMI_BACKEND_URL-} ]]; then
    (umask 077 && mkdir -p "$root/.pulumi-state") || return
    export PULUMI_BACKEND_URL="file://$root/.pulumi-state"
  fi

  # An empty passphrase is also valid for Pulumi.
  if [[ -z ${PULUMI_CONFIG_PASSPHRASE+set} && -z ${PULUMI_CONFIG_PASSPHRASE_FILE-} ]]; then
    "$root/toolchain/secret.sh" "$root/.secrets/stack-passphrase" \
      "$(grep -ls '^encryptionsalt:' "$root"/Pulumi.*.yaml | head -n 1)" || return
    export PULUMI_CONFIG_PASSPHRASE_FILE="$root/.secrets/stack-passphrase"
  fi

  # The provider prefers the environment to the config, so set no variable if the config has a passphrase.
  if [[ -z ${KMS_PKI_PASSPHRASE-} && -z ${KMS_PKI_PASSPHRASE_FILE-} ]] &&
    ! grep -qs '^ *kms-pki:passphrase' "$root/Pulumi.$KMS_PKI_STACK.yaml"; then
    "$root/toolchain/secret.sh" "$root/.secrets/passphrase" "$(compgen -G "$root/keys/*.pem" | head -n 1)" || return
    export KMS_PKI_PASSPHRASE_FILE="$root/.secrets/passphrase"
  fi

  # It is separate, because people who may request certificates need not be able to open the keys.
  if [[ -z ${KMS_PKI_PROVISIONER_PASSWORD-} && -z ${KMS_PKI_PROVISIONER_PASSWORD_FILE-} ]] &&
    ! grep -qs '^ *kms-pki:provisionerPassword' "$root/Pulumi.$KMS_PKI_STACK.yaml"; then
    "$root/toolchain/secret.sh" "$root/.secrets/provisioner-password" || return
    export KMS_PKI_PROVISIONER_PASSWORD_FILE="$root/.secrets/provisioner-password"
  fi

  export PULUMI_SKIP_UPDATE_CHECK=true
  # @pulumi/aws is in node_modules whatever the KMS. Pulumi would therefore download its plugin of hundreds of megabytes, or
  # lose seconds in every run without a network. Only a stack whose keys the plugin makes needs it, even if this shell was set
  # up before the settings chose that KMS.
  if kms_pki_stack_uses "$root" 'awskms|cloudkms'; then
    unset PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION
  else
    export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
  fi
  if kms_pki_stack_uses "$root" yubikey; then
    "$root/toolchain/pcsclite.sh" || return
  fi
  if kms_pki_stack_uses "$root" pkcs11; then
    "$root/toolchain/pkcs11js.sh" || return
  fi
}
kms_pki_stack_env
