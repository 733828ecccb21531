# shellcheck shell=bash
# Checks what step-ca serves. A chain here is lines of base64, one certificate per line, step-ca's own certificate first. Needs
# $address, $work and the settings of rotate.sh, and on_host of hand-over.sh.

# Prints each certificate of standard input as one line of base64, without its BEGIN and END lines.
certificates() {
  awk '/^-----BEGIN CERTIFICATE-----/ { inside = 1; line = ""; next }
    /^-----END CERTIFICATE-----/ { if (inside) print line; inside = 0; next }
    inside { gsub(/[ \t\r]/, ""); line = line $0 }'
}

# Converts such lines back to PEM.
pem() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || printf -- '-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n' "$(fold -w 64 <<<"$line")"
  done
}

# Prints the chain that is served at CA_URL, or nothing if nothing answers.
served() {
  local ask="openssl s_client -connect $address -showcerts </dev/null 2>/dev/null"
  if [[ $CA_PROBE == here ]]; then
    timeout 10 sh -c "$ask" | certificates
  else
    on_host "$ask" </dev/null | certificates
  fi || true
}

# issuers CHAIN: prints the chain without step-ca's own certificate.
issuers() {
  tail -n +2 <<<"$1"
}

# describe ISSUERS: describes the first issuer for people.
describe() {
  head -n 1 <<<"$1" | pem | openssl x509 -noout -subject -serial -enddate 2>/dev/null | paste -sd ' '
}

# verifies CHAIN ROOTS [OPTION]: checks whether a chain verifies up to the roots in a PEM file, and no other roots.
verifies() {
  head -n 1 <<<"$1" | pem >"$work/leaf.pem"
  issuers "$1" | pem >"$work/issuers.pem"
  SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null openssl verify "${@:3}" \
    -CAfile "$2" -untrusted "$work/issuers.pem" "$work/leaf.pem" >"$work/verified" 2>&1
}

# await ISSUERS [OWN]: waits until step-ca serves a chain of these issuers, below a certificate other than its previous one,
# OWN. step-ca makes a new certificate when it loads a ca.json, so that shows whether it did, whatever changed. $serving is
# then the chain. On a time-out, this says what is wrong.
await() {
  local end=$((SECONDS + CA_WAIT)) why
  while :; do
    serving=$(served)
    if [[ -z $serving ]]; then
      why="nothing answers at $CA_URL"
    elif [[ $(issuers "$serving") != "$1" ]]; then
      why="another chain is served: $(describe "$(issuers "$serving")")"
    elif [[ -n ${2-} && $(head -n 1 <<<"$serving") == "$2" ]]; then
      why="step-ca has not taken ca.json over: the SIGHUP does not arrive, or step-ca refuses the file (see its log)"
    else
      return 0
    fi
    ((SECONDS < end)) || break
    sleep 0.5
  done
  say "Given up after $CA_WAIT s: $why"
  return 1
}

# warn_of_roots CHAIN ROOTS: warns about roots that cannot verify the chain alone, because a bootstrapped client has one root.
warn_of_roots() {
  local root
  certificates <"$2" | while IFS= read -r root; do
    pem <<<"$root" >"$work/root.pem"
    verifies "$1" "$work/root.pem" ||
      say "warning: who trusts only $(openssl x509 -noout -subject <"$work/root.pem") cannot verify what step-ca serves."
  done
}
