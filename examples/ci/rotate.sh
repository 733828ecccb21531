#!/usr/bin/env bash
# rotate.sh: brings the stack up, and hands over what changed to step-ca. A second run changes nothing. README.md lists the
# settings in the environment. It needs Linux with node, pulumi, openssl and flock.
#
# Exit codes:
#   0  step-ca serves what the stack declares
#   1  failure; step-ca reads what it read before, or what it should
#   2  step-ca did not accept the new ca.json, or did not serve its chain; the previous ca.json is back and served
#   3  the host of step-ca needs a person; the last lines say why
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source-path=SCRIPTDIR
source rotate/served-chain.sh
# shellcheck source-path=SCRIPTDIR
source rotate/hand-over.sh

say() {
  printf '%s\n' "$@" >&2
}

# fail WHAT NEXT...: exits with an error that says what to do next.
fail() {
  say "error: $1" "${@:2}"
  exit 1
}

read_settings() {
  local program
  CA_DIR=${CA_DIR-} CA_URL=${CA_URL-} CA_PROBE=${CA_PROBE:-here} CA_WAIT=${CA_WAIT:-60}
  CA_SHELL=${CA_SHELL:-sh -c} CA_RELOAD=${CA_RELOAD:-systemctl reload-or-restart step-ca}
  CA_NEW_AUTHORITY=${CA_NEW_AUTHORITY:-no}
  [[ $CA_DIR =~ ^(/[A-Za-z0-9._@+-]+)+$ && $CA_DIR/ != */./* && $CA_DIR/ != */../* ]] ||
    fail "CA_DIR is \"$CA_DIR\"." "Set it to the folder of ca.json on the host of step-ca, such as /etc/step-ca."
  [[ $CA_URL =~ ^https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:([0-9]+))?/?$ ]] ||
    fail "CA_URL is \"$CA_URL\"." "Set it to where step-ca is reached, such as https://ca.example.com:9443."
  address=${BASH_REMATCH[1]}:${BASH_REMATCH[3]:-443}
  [[ $CA_PROBE == here || $CA_PROBE == host ]] ||
    fail "CA_PROBE is \"$CA_PROBE\"." "Set it to \"here\" or \"host\": where openssl shall ask CA_URL for its chain."
  [[ $CA_WAIT =~ ^[1-9][0-9]{0,3}$ ]] ||
    fail "CA_WAIT is \"$CA_WAIT\"." "Set it to the seconds that step-ca has to serve the new chain, such as 60."
  read -ra ca_shell <<<"$CA_SHELL"
  stale_minutes=$((10 + CA_WAIT / 30)) # longer than a handover takes

  export PATH=$PWD/node_modules/.bin:$PATH
  for program in node pulumi openssl sha256sum tar timeout; do
    type -P "$program" >/dev/null || fail "$program is missing." "Install it and put it on PATH, then run this again."
  done
  type -P kms-pki >/dev/null || fail "the package pulumi-kms-pki is not installed here." "Run: npm ci"
  stack=${PULUMI_STACK:-$(pulumi stack --show-name --non-interactive)} ||
    fail "no stack is selected." "Name it: PULUMI_STACK=prod ./rotate.sh"
}

# Clears away what a run left that is proven dead. If that cannot be proven, `pulumi up` refuses.
bring_up() {
  kms-pki recover --stack "$stack" >&2 ||
    fail "the stack $stack could not be recovered; the lines above say why." "Fix the cause, then run this again."
  say "Updating the stack $stack"
  pulumi up --yes --skip-preview --non-interactive --suppress-outputs --stack "$stack" >&2 ||
    fail "the stack $stack is not up; the lines above say why." \
      "Fix the cause, then run this again. It continues from there." \
      "Is it locked by a run that was killed, and is it certain that it has ended:" \
      "  pulumi cancel --yes $stack && pulumi refresh --yes --clear-pending-creates --stack $stack"
  kms-pki export --stack "$stack" --dir "$work/exported" --prefix "$CA_DIR" >/dev/null ||
    fail "the stack $stack is up, but was not exported; the lines above say why." "Fix the cause, then run this again."
}

# Sorts the exported files. $work/send gets what step-ca reads: ca.json as ca.next.json, and the files that it names, with a
# checksum in their names, so that neither the served ca.json nor the previous one loses its certificates. $work/copies
# gets everything except ca.json, under the original names.
sort_out() {
  local path name unique config
  mkdir -p "$work/send/certificates" "$work/copies"
  config=$(<"$work/exported/ca.json")
  for path in "$work"/exported/*; do
    name=${path##*/}
    [[ -f $path && $name =~ ^[A-Za-z0-9._-]+$ ]] || fail "kms-pki exported $name, which this script cannot send."
    [[ $name != ca.json ]] || continue
    cp "$path" "$work/copies/$name"
    if [[ $config == *"\"$CA_DIR/$name\""* ]]; then
      unique=certificates/${name%.*}-$(sha256sum <"$path" | cut -c1-16).${name##*.}
      cp "$path" "$work/send/$unique"
      config=${config//"\"$CA_DIR/$name\""/"\"$CA_DIR/$unique\""}
    fi
  done
  printf '%s\n' "$config" >"$work/send/ca.next.json"
}

# named FIELD...: prints the strings in these fields of the ca.json to send, one per line.
named() {
  node -p 'const config = JSON.parse(fs.readFileSync(0, "utf8"));
    process.argv.slice(1).flatMap((path) => path.split(".").reduce((at, field) => at?.[field], config) ?? []).join("\n")' \
    "$@" <"$work/send/ca.next.json"
}

# sent FIELD: prints the content of the certificate files that a field of ca.json names.
sent() {
  local path
  named "$1" | while IFS= read -r path; do
    [[ -f $work/send/${path#"$CA_DIR/"} ]] ||
      fail "$1 in ca.json names $path, which kms-pki does not export." "Let the program say nothing of it in caConfig."
    cat "$work/send/${path#"$CA_DIR/"}"
  done
}

# Leaves a consistent state at every exit. Only after SIGKILL does the next run have to do that.
leave() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  case $stage in
    switched)
      put_back "$before"
      code=$?
      ;;
    begun) finish ;;
  esac
  rm -rf "$work"
  exit "$code"
}

main() {
  local keys same=
  read_settings
  stage=''
  work=$(mktemp -d)
  trap leave EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  bring_up
  sort_out
  sent root >"$work/roots.pem"
  expected=$(sent crt | certificates)
  keys=$(named key ssh.userKey ssh.hostKey | sed -n '/^\//p')
  [[ $keys =~ ^[A-Za-z0-9._@+/$'\n'-]*$ ]] || fail "ca.json names a key file with unusual characters in its name:" "$keys"
  # shellcheck disable=SC2086 # one word each
  look $keys

  before=$(served)
  if [[ -n $before && $CA_NEW_AUTHORITY != yes ]]; then
    verifies "$before" "$work/roots.pem" -no_check_time ||
      fail "what $CA_URL serves is not under the roots of the stack $stack: who trusts the one would not trust the other." \
        "Is it the right stack, and the right CA_URL? To replace the authority all the same: CA_NEW_AUTHORITY=yes." \
        "Nothing was changed there."
  fi
  if there "$work/send" ca.next.json ca.json && [[ $(missing "$work/send") == ca.next.json ]]; then
    same=yes
  fi
  if [[ -n $same && -z $unproven && $(issuers "$before") == "$expected" ]] && verifies "$before" "$work/roots.pem"; then
    say "step-ca serves what the stack $stack says"
  else
    hand_over "$before" "$same"
    say "step-ca serves the new chain: $(describe "$expected")"
  fi
  send_copies
}

# Allows one run at a time on this machine. The lock ends with this process. No child inherits it, in particular no language
# host that a killed pulumi leaves behind. Between machines, `begin` on the host of step-ca does the same.
type -P flock >/dev/null || fail "flock is missing." "Install util-linux, then run this again."
exec 9<Pulumi.yaml
flock -n 9 || fail "another run is under way in $PWD." "Wait until it has ended, then run this again."
main 9<&-
