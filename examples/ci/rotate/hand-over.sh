# shellcheck shell=bash
# Talks to the host of step-ca: finds what is there, sends files, switches ca.json, and switches back. Needs the settings of
# rotate.sh and served-chain.sh. $stage tells the trap of rotate.sh what to repair:
#   (empty)   nothing was changed on the host
#   begun     this run has the lock on the host; step-ca reads the old files, or correct new ones
#   switched  ca.json is or may be the new one, and it is not known to be served

# on_host COMMAND: runs COMMAND on the host of step-ca, with the functions of on-host.sh and this standard input.
on_host() {
  timeout --foreground 120 "${ca_shell[@]}" "CA_DIR=$CA_DIR
$(<rotate/on-host.sh)
$1"
}

reload() {
  say "Signalling step-ca: $CA_RELOAD"
  on_host "cd \"\$CA_DIR\"
$CA_RELOAD" </dev/null >&2
}

# files_of FOLDER: lists its files, sorted, with relative paths.
files_of() {
  (cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort)
}

# ask KEY_FILE...: gets the checksums of our files on the host into $work/present.
ask() {
  local names
  mapfile -t names < <(files_of "$work/send" && files_of "$work/copies")
  on_host "present $stale_minutes ca.json ${names[*]} $*" </dev/null >"$work/present"
}

# there FOLDER NAME [AS]: checks whether the host has an identical file.
there() {
  grep -qxF "file $(cksum <"$1/$2") ${3:-$2}" "$work/present"
}

# missing FOLDER: lists the files of a folder of which the host has no identical copy.
missing() {
  local file
  files_of "$1" | while IFS= read -r file; do
    there "$1" "$file" || printf '%s\n' "$file"
  done
}

# send FOLDER: sends the missing files, and checks that they arrived.
send() {
  local lost
  missing "$1" >"$work/missing"
  tar -C "$1" -cf - -T "$work/missing" | on_host "receive $run" && ask || return 1
  lost=$(missing "$1")
  [[ -z $lost ]] || {
    say "These files did not arrive as they were sent:" "$lost"
    return 1
  }
}

# look KEY_FILE...: finds what is there. Sets $unproven if a handover was started but not finished, and $dead to its run.
look() {
  local file
  ask "$@" || fail "the host of step-ca cannot be asked; the lines above say why." \
    "Look at CA_SHELL, which gets a command for a POSIX shell on that host as its last argument, then run this again." \
    "Nothing was changed there."
  for file in "$@"; do
    grep -qxF "key $file" "$work/present" || fail "ca.json names the key file $file, which is not on the host of step-ca." \
      "Copy it there, readable for step-ca's user alone, then run this again. Nothing was changed there."
  done
  unproven=
  if dead=$(grep '^hand-over ' "$work/present"); then
    unproven=yes
    dead=${dead#hand-over }
    [[ $dead =~ ^[A-Za-z0-9.:_-]*$ ]] || fail "hand-over/owner on the host of step-ca does not name a run." "Remove it there, then run this again."
    grep -qx old "$work/present" || is_dead "$dead" ||
      fail "another run hands over to step-ca just now: $dead (machine, process, its start)." \
        "Wait until it has ended, then run this again. Should it have been killed on another machine, its place is taken" \
        "$stale_minutes minutes after it began. Nothing was changed there."
  fi
}

# is_dead RUN: checks whether a run on this machine is proven to be gone.
is_dead() {
  local host pid start
  IFS=: read -r host pid start <<<"$1"
  [[ $host == "$(uname -n)" && $pid =~ ^[0-9]+$ && $(start_of "$pid") != "$start" ]]
}

# start_of PID: prints the start time of a process, in ticks since boot, which distinguishes it from a later one with its ID.
start_of() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -ra stat <<<"${stat##*) }"
  printf '%s\n' "${stat[19]}"
}

begin() {
  run=$(uname -n):$$:$(start_of $$)
  on_host "begin $run ${unproven:+"'$dead'"}" </dev/null ||
    fail "the hand-over cannot begin; the lines above say why." "Fix the cause, then run this again. Nothing was changed there."
  stage=begun
}

# Prints the names of the fields that change, for the log: ca.json is replaced as a whole, including manual settings.
say_changes() {
  on_host "cat $CA_DIR/ca.json 2>/dev/null || echo '{}'" </dev/null >"$work/old.json" || return 0
  say "ca.json changes in: $(node -p '
    const [old, next] = process.argv.slice(1).map((file) => JSON.parse(fs.readFileSync(file, "utf8")));
    Object.keys({ ...old, ...next })
      .filter((field) => JSON.stringify(old[field]) !== JSON.stringify(next[field])).join(", ") || "its layout"
  ' "$work/old.json" "$work/send/ca.next.json" 2>/dev/null || echo "everything, as the present one is no JSON")"
}

# hand_over BEFORE SAME: hands over the files. BEFORE is the served chain. SAME is not empty if the host has all files already.
hand_over() {
  begin
  if [[ -n $2 ]]; then
    say "The files are on the host of step-ca, but it is not known that it serves them"
  else
    say_changes
    send "$work/send" || fail "the files did not reach the host of step-ca; the lines above say why." \
      "Look at CA_SHELL and at that host, then run this again. What step-ca reads was not changed."
  fi
  stage=switched # even if the answer to the next command is lost
  if [[ -z $2 ]]; then
    on_host "switch $run" </dev/null || fail "it is not known whether ca.json was replaced; the lines above say why."
  fi
  reload || fail "the command of CA_RELOAD failed; the lines above say why."
  await "$expected" "$(head -n 1 <<<"$1")" || fail "step-ca does not serve the new chain."
  verifies "$serving" "$work/roots.pem" ||
    fail "what step-ca serves does not verify up to the roots in ca.json:" "$(<"$work/verified")"
  on_host "accept $run" </dev/null || fail "the host of step-ca no longer answers; the lines above say why."
  stage=begun
  warn_of_roots "$serving" "$work/roots.pem"
}

# Sends what people and other programs read beside ca.json, under its own name, but only once the chain is served.
send_copies() {
  [[ -n $(missing "$work/copies") ]] || return 0
  [[ -n $stage ]] || begin
  send "$work/copies" || fail "step-ca serves what it should, but not all copies beside ca.json are written; the lines above say why." \
    "Fix the cause, then run this again."
  say "Written beside ca.json: $(paste -sd ' ' "$work/missing")"
}

# put_back BEFORE: restores the chain that was served. Its exit code becomes that of the script.
put_back() {
  local answer
  say "Putting the previous ca.json back"
  answer=$(on_host "restore $run" </dev/null) || {
    if (($? == 9)); then
      say "It sees to ca.json; look at its log."
      return 3
    fi
    say "error: that failed; the lines above say why. Run this again when the host answers: it finds what this run left." \
      "By hand, on that host: cp -p $CA_DIR/hand-over/ca.json $CA_DIR/ca.json && $CA_RELOAD"
    return 3
  }
  if [[ $answer == none ]]; then
    finish
    say "error: there was no ca.json before, so the new one stays in $CA_DIR. Start step-ca on it (its log says what it lacks)," \
      "then run this again."
    return 3
  fi
  reload || say "The command of CA_RELOAD failed."
  if [[ -z $1 ]]; then
    finish
    say "error: the previous ca.json is back, but step-ca did not answer before, either. Start it, then run this again."
    return 3
  fi
  # Either step-ca has a new certificate of its own, because the previous SIGHUP may still be in progress, or it has the old
  # one. In that case, no SIGHUP has reached step-ca, and it serves what it served all along.
  await "$(issuers "$1")" "$(head -n 1 <<<"$1")" || [[ $serving == "$1" ]] || {
    say "error: the previous ca.json is back, but step-ca does not serve its chain. Look at its log, start it, then run this again."
    return 3
  }
  finish
  say "The previous ca.json is back, and its chain is served. The one that failed is ca.rejected.json beside it." \
    "Check step-ca's log, CA_RELOAD and CA_URL, fix the cause, then run this again."
  return 2
}

finish() {
  on_host "finish $run" </dev/null || say "The next run finds what this one could not clear away."
}
