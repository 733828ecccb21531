# shellcheck shell=bash
# What step-ca serves, and whether it is what it should be. A chain here is lines of base64, a certificate each, step-ca's own
# first. Needs $address, $work and the settings of rotate.sh, and on_host of hand-over.sh.

# Each certificate of standard input as one line of base64, without its BEGIN and END.
certificates() {
  awk '/^-----BEGIN CERTIFICATE-----/ { inside = 1; line = ""; next }
    /^-----END CERTIFICATE-----/ { if (inside) print line; inside = 0; next }
    inside { gsub(/[ \t\r]/, ""); line = line $0 }'
}

# The same back as PEM.
pem() {
  local line
  while IFS= read -r line; do
    [[ -z $line ]] || printf -- '-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n' "$(fold -w 64 <<<"$line")"
  done
}

# The chain that is served at CA_URL; nothing when nothing answers.
served() {
  local ask="openssl s_client -connect $address -showcerts </dev/null 2>/dev/null"
  if [[ $CA_PROBE == here ]]; then
    timeout 10 sh -c "$ask" | certificates
  else
    on_host "$ask" </dev/null | certificates
  fi || true
}

# issuers CHAIN: without step-ca's own certificate.
issuers() {
  tail -n +2 <<<"$1"
}

# describe ISSUERS: the first of them for a person.
describe() {
  head -n 1 <<<"$1" | pem | openssl x509 -noout -subject -serial -enddate 2>/dev/null | paste -sd ' '
}

# verifies CHAIN ROOTS [OPTION]: whether a chain verifies up to the roots in a PEM file, and to none but these.
verifies() {
  head -n 1 <<<"$1" | pem >"$work/leaf.pem"
  issuers "$1" | pem >"$work/issuers.pem"
  SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null openssl verify "${@:3}" \
    -CAfile "$2" -untrusted "$work/issuers.pem" "$work/leaf.pem" >"$work/verified" 2>&1
}

# await ISSUERS [OWN]: waits until step-ca serves a chain of these issuers, and in front of it another certificate than its
# OWN of before: step-ca makes that anew when it takes a ca.json over, so it tells whether it did, whatever was changed. The
# chain is then $serving. When it gives up, it says what is wrong.
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

# warn_of_roots CHAIN ROOTS: a client that bootstrapped has one root, so each of them alone should do.
warn_of_roots() {
  local root
  certificates <"$2" | while IFS= read -r root; do
    pem <<<"$root" >"$work/root.pem"
    verifies "$1" "$work/root.pem" ||
      say "warning: who trusts only $(openssl x509 -noout -subject <"$work/root.pem") cannot verify what step-ca serves."
  done
}
