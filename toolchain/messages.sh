# shellcheck shell=bash
# Progress and errors go to stderr: stdout is for what a script answers.

say() {
  printf '%s\n' "$@" >&2
}

# fail WHAT NEXT...: every error says what to do next.
fail() {
  say "error: $1" "${@:2}"
  exit 1
}
