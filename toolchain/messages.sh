# shellcheck shell=bash
# Progress and errors go to stderr. stdout is for the result of a script.

say() {
  printf '%s\n' "$@" >&2
}

# fail WHAT NEXT...: exits with an error that says what to do next.
fail() {
  say "error: $1" "${@:2}"
  exit 1
}
