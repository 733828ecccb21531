# shellcheck shell=sh
# What rotate.sh does on the host of step-ca, in the folder of its ca.json: rotate.sh sends these functions there with each
# command, whose CA_DIR is that folder. POSIX sh; of programs it needs cksum, cmp, cp, find, grep, ln, mv, rm, sync and tar.
#
# The folder, beside ca.json and what ca.json names:
#   certificates/     certificates under names that bear their checksum, so that none is ever written over
#   ca.previous.json  the ca.json before the one that is served
#   ca.rejected.json  the last ca.json that step-ca did not serve
#   hand-over/        only while one is under way: who does it, and the ca.json to go back to
set -eu

# present MINUTES FILE...: tells what is there. An absolute FILE is a key, of which only that it is there is told.
present() {
  [ -d "$CA_DIR" ] || return 0
  cd "$CA_DIR"
  minutes=$1
  shift
  if [ -d hand-over ]; then
    echo "hand-over $(cat hand-over/owner 2>/dev/null)"
    [ -z "$(find hand-over -prune -mmin "+$minutes")" ] || echo "old"
  fi
  for file in "$@"; do
    [ -f "$file" ] || continue
    case $file in
      /*) echo "key $file" ;;
      *) echo "file $(cksum "$file")" ;;
    esac
  done
}

# begin RUN [DEAD]: from now on this run alone changes the folder; that of another run only if it is DEAD.
begin() {
  umask 077
  mkdir -p "$CA_DIR"
  cd "$CA_DIR"
  if ! mkdir hand-over 2>/dev/null; then
    [ -d hand-over ] || {
      echo "error: $CA_DIR/hand-over cannot be made." >&2
      return 1
    }
    if [ $# -lt 2 ] || [ "$(cat hand-over/owner 2>/dev/null)" != "$2" ]; then
      echo "error: another run has begun to hand over meanwhile." >&2
      return 1
    fi
  fi
  write hand-over/owner "$1"
  # Until `ready` is there nothing was switched: ca.json is the one to go back to.
  if [ ! -e hand-over/ready ]; then
    [ ! -f ca.json ] || copy ca.json hand-over/ca.json
    : >hand-over/ready
  fi
  sync
}

# owned RUN: a run that was taken for dead must not go on. It learns so by the exit code.
owned() {
  cd "$CA_DIR"
  [ "$(cat hand-over/owner 2>/dev/null)" = "$1" ] || {
    echo "error: another run has taken the place of this one." >&2
    exit 9
  }
}

# receive RUN: takes a tar archive from standard input. Each file appears whole.
receive() {
  owned "$1"
  umask 077
  rm -rf .incoming
  mkdir -p certificates .incoming/certificates
  (cd .incoming && tar -xof -)
  # Certificates are no secret, and step-ca may run as another user. As root, tar takes modes over.
  chmod 755 certificates
  for file in .incoming/certificates/* .incoming/*; do
    case $file in
      *.crt | *.pub) chmod 644 "$file" ;;
      *) [ ! -f "$file" ] || chmod 600 "$file" ;;
    esac
  done
  sync
  for file in .incoming/certificates/* .incoming/*; do
    [ ! -f "$file" ] || mv -f "$file" "${file#.incoming/}"
  done
  rm -rf .incoming
}

# switch RUN: ca.next.json becomes ca.json.
switch() {
  owned "$1"
  if [ -f ca.json ]; then
    # It keeps its owner and mode.
    copy ca.json .ca.json.new
    cat ca.next.json >.ca.json.new
  else
    copy ca.next.json .ca.json.new
  fi
  sync
  mv -f .ca.json.new ca.json
  sync
  rm -f ca.next.json
}

# restore RUN: the ca.json of before the hand-over is back. Says "none" when there was none.
restore() {
  owned "$1"
  rm -f ca.next.json
  if [ ! -f hand-over/ca.json ]; then
    echo none
  elif ! cmp -s hand-over/ca.json ca.json; then
    # Nothing is written, so a full disk is no obstacle.
    rm -f ca.rejected.json .ca.json.new
    [ ! -f ca.json ] || link ca.json ca.rejected.json
    link hand-over/ca.json .ca.json.new
    mv -f .ca.json.new ca.json
    sync
  fi
}

# accept RUN: what is served is right. The ca.json before it is kept, and the certificates that one of the two names.
accept() {
  owned "$1"
  if [ -f hand-over/ca.json ] && ! cmp -s hand-over/ca.json ca.json; then
    copy hand-over/ca.json ca.previous.json
  fi
  rm -f ca.rejected.json
  for file in certificates/*; do
    [ ! -f "$file" ] || grep -qsF "$CA_DIR/$file\"" ca.json ca.previous.json || rm -f "$file"
  done
}

# finish RUN: the next run may begin.
finish() {
  owned "$1"
  rm -rf .finished .incoming ca.next.json
  mv hand-over .finished
  rm -rf .finished
}

# copy FROM TO: whole or not at all, with owner and mode.
copy() {
  cp -p "$1" "$2.copy"
  mv -f "$2.copy" "$2"
}

# link FROM TO: the same file under another name, which is not there yet; a copy where there are no hard links.
link() {
  ln "$1" "$2" 2>/dev/null || cp -p "$1" "$2"
}

# write FILE TEXT: whole or not at all.
write() {
  printf '%s\n' "$2" >"$1.new"
  mv -f "$1.new" "$1"
}
