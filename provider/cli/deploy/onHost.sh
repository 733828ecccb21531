# shellcheck shell=sh
# Runs for kms-pki deploy on the host of step-ca, in the folder of its ca.json. The command sends these functions there with each
# step, and CA_DIR is that folder. It needs a POSIX sh with cksum, cmp, cp, date, find, grep, ln, mv, rm, sync, tar and wc.
#
# Contents of the folder, beside ca.json and the files that it names:
#   certificates/     certificates with their checksum in the name, so that none is ever overwritten
#   ca.previous.json  the ca.json before the served one
#   ca.rejected.json  the last ca.json that step-ca did not serve
#   hand-over/        exists only during a handover: the run that does it, and the ca.json to restore
set -eu

# present MINUTES FILE...: reports the time and what is there. An absolute FILE is a key, and only its presence is reported.
present() {
  echo "clock $(date +%s)"
  [ -d "$CA_DIR" ] || return 0
  cd "$CA_DIR"
  minutes=$1
  shift
  if [ -d hand-over ]; then
    echo "hand-over $(cat hand-over/owner 2>/dev/null)"
    [ -z "$(find hand-over -prune -mmin "+$minutes")" ] || echo "old"
  fi
  [ ! -f ca.json ] || [ -z "$(find -H ca.json -prune -perm -004)" ] || echo "open"
  for file in "$@"; do
    [ -f "$file" ] || continue
    case $file in
      /*) echo "key $file" ;;
      *) echo "file $(cksum "$file")" ;;
    esac
  done
}

# show FILE...: prints each file that is there: a line with its size and name, then its content.
show() {
  [ -d "$CA_DIR" ] || return 0
  cd "$CA_DIR"
  for file in "$@"; do
    [ -f "$file" ] || continue
    printf '%s %s\n' "$(wc -c <"$file" | tr -d ' ')" "$file"
    cat "$file"
  done
}

# begin RUN [DEAD]: takes the lock on the folder for this run. The lock of another run is replaced only if that run is DEAD.
begin() {
  umask 077
  mkdir -p "$CA_DIR"
  cd "$CA_DIR"
  if [ -d hand-over ]; then
    if [ $# -lt 2 ] || [ "$(cat hand-over/owner 2>/dev/null)" != "$2" ]; then
      echo "error: another run has begun to hand over meanwhile." >&2
      return 1
    fi
    write hand-over/owner "$1"
  else
    # The lock appears whole: with its owner, and with the ca.json to restore.
    lock=".hand-over-$1"
    rm -rf "$lock"
    if ! { mkdir "$lock" && write "$lock/owner" "$1" && save "$lock" && mv "$lock" hand-over; }; then
      rm -rf "$lock"
      return 1
    fi
    # If another run took the lock in between, this one's was moved into it.
    if [ "$(cat hand-over/owner)" != "$1" ]; then
      rm -rf "hand-over/$lock"
      echo "error: another run has begun to hand over meanwhile." >&2
      return 1
    fi
  fi
  sync
}

# save LOCK: keeps the ca.json to restore in the folder of a lock.
save() {
  [ ! -f ca.json ] || copy ca.json "$1/ca.json"
}

# owned RUN: fails if another run took over. A run that was declared dead must not continue.
owned() {
  cd "$CA_DIR"
  [ "$(cat hand-over/owner 2>/dev/null)" = "$1" ] || {
    echo "error: another run has taken the place of this one." >&2
    exit 9
  }
}

# receive RUN: unpacks a tar archive from standard input. Each file appears whole.
receive() {
  owned "$1"
  umask 077
  rm -rf .incoming
  mkdir -p certificates .incoming/certificates
  (cd .incoming && tar -xof -)
  # Certificates are not secret, and step-ca may run as another user. As root, tar keeps the modes of the archive.
  chmod 755 certificates
  for file in .incoming/certificates/* .incoming/*; do
    case $file in
      *.crt | *.pub) chmod 644 "$file" ;;
      *) [ ! -f "$file" ] || chmod 600 "$file" ;;
    esac
  done
  sync
  owned "$1" # the connection may be lost, and another run receives meanwhile
  for file in .incoming/certificates/* .incoming/*; do
    [ ! -f "$file" ] || mv -f "$file" "${file#.incoming/}"
  done
  rm -rf .incoming
}

# switch RUN: ca.next.json becomes ca.json.
switch() {
  owned "$1"
  if [ -f ca.json ]; then
    # Keep the owner and mode.
    copy ca.json .ca.json.new
    cat ca.next.json >.ca.json.new
  else
    copy ca.next.json .ca.json.new
  fi
  sync
  owned "$1" # the connection may be lost, and ca.json restored meanwhile
  mv -f .ca.json.new ca.json
  sync
  rm -f ca.next.json
}

# restore RUN: restores the ca.json from before the handover. Prints "none" if there was none.
restore() {
  owned "$1"
  # A switch that is still under way must fail, and must not write into what is restored, so that has a name of its own.
  rm -f ca.next.json .ca.json.new .ca.json.old
  if [ ! -f hand-over/ca.json ]; then
    echo none
  elif ! cmp -s hand-over/ca.json ca.json; then
    # This writes nothing, so it also works on a full disk.
    rm -f ca.rejected.json
    [ ! -f ca.json ] || link ca.json ca.rejected.json
    link hand-over/ca.json .ca.json.old
    mv -f .ca.json.old ca.json
    sync
  fi
}

# accept RUN: confirms that the served chain is right. Keeps the previous ca.json and the certificates that either ca.json names.
accept() {
  owned "$1"
  if [ -f hand-over/ca.json ] && ! cmp -s hand-over/ca.json ca.json && ! cmp -s hand-over/ca.json ca.previous.json; then
    # This writes nothing, either.
    rm -f .ca.previous.new
    link hand-over/ca.json .ca.previous.new
    mv -f .ca.previous.new ca.previous.json
  fi
  rm -f ca.rejected.json
  for file in certificates/*; do
    [ ! -f "$file" ] || grep -qsF "$CA_DIR/$file\"" ca.json ca.previous.json || rm -f "$file"
  done
}

# finish RUN: releases the lock for the next run.
finish() {
  owned "$1"
  rm -rf .finished .incoming .hand-over-* .ca.json.new .ca.json.new.copy .ca.json.old .ca.previous.new ca.next.json
  mv hand-over .finished
  rm -rf .finished
}

# copy FROM TO: copies a file whole or not at all, with owner and mode.
copy() {
  if ! { cp -p "$1" "$2.copy" && mv -f "$2.copy" "$2"; }; then
    rm -f "$2.copy"
    return 1
  fi
}

# link FROM TO: links a file to a new name that does not exist yet, or copies it if hard links are not supported.
link() {
  ln "$1" "$2" 2>/dev/null || cp -p "$1" "$2"
}

# write FILE TEXT: writes a file whole or not at all.
write() {
  # The shell's own printf does not say that the disk is full.
  if ! { printf '%s\n' "$2" | cat >"$1.new" && mv -f "$1.new" "$1"; }; then
    rm -f "$1.new"
    return 1
  fi
}
