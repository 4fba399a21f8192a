# shellcheck shell=bash disable=SC2034
# Shared by the scripts in ci/. Sourced, not run: gives ROOT, JOBS, PRESETS and a few functions.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
JOBS=$(nproc)
PRESETS=(plain asan tsan)
ALL_PRESETS=(plain asan tsan coverage dev wide)

say() { printf '%s\n' "$*"; }

# die STATUS MESSAGE...
die() {
  local status=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$status"
}

# The comment block at the top of the running script is its help.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

is_preset() {
  local known
  for known in "${ALL_PRESETS[@]}"; do
    [[ $1 == "$known" ]] && return 0
  done
  return 1
}

# Sets PRESETS from the arguments; -h and -j N are understood by every script that builds.
parse_presets() {
  local chosen=()
  while (($#)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      -j) JOBS=${2:?"-j needs a number"} && shift ;;
      -*) die 64 "unknown option $1; see $0 --help" ;;
      *) is_preset "$1" || die 64 "no preset $1; there are: ${ALL_PRESETS[*]}" && chosen+=("$1") ;;
    esac
    shift
  done
  ((${#chosen[@]} == 0)) || PRESETS=("${chosen[@]}")
}

# phase NAME COMMAND...: says what runs and how long it took; its status is the command's.
phase() {
  local name=$1 start=$SECONDS status=0
  shift
  say "== $name"
  "$@" || status=$?
  say "== $name: $((SECONDS - start)) s$( ((status == 0)) || echo ", exit status $status")"
  return "$status"
}

# build_preset NAME: configures and builds build/NAME.
build_preset() {
  cmake --preset "$1" --log-level=WARNING >/dev/null && cmake --build --preset "$1" -j "$JOBS"
}
