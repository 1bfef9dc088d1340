#!/usr/bin/env bash
# Sets up .venv if it is missing or out of date, then runs a command in it:
#
#   ./run_pipeline.sh                    the sample run: corpus, tokenizer, two models, report in runs/sample/
#   ./run_pipeline.sh test [ARGS]        the tests (ARGS go to pytest)
#   ./run_pipeline.sh setup              set up for development and run nothing
#   ./run_pipeline.sh COMMAND [OPTIONS]  mswitch COMMAND; paths are relative to the folder you are in
#
# PYTHON=python3.12 ./run_pipeline.sh    chooses the Python (3.11 or newer, with the module venv)
set -euo pipefail

fail() {
    echo "error: $*" >&2
    exit 2
}

root_of() { # the folder of the file $1, which may be a link
    local file=$1 target
    while [[ -L $file ]]; do
        target=$(readlink "$file")
        [[ $target == /* ]] || target=$(dirname "$file")/$target
        file=$target
    done
    cd "$(dirname "$file")" && pwd -P
}

root=$(root_of "${BASH_SOURCE[0]}")
venv=$root/.venv
stamp=$venv/.set-up # written last: lines of `wanted`, then the extras

wanted() { # .venv holds absolute paths, so the folder counts
    echo "$root"
    cat "$root/constraints.txt" "$root/setup.py" | cksum
}

same_python() { # does .venv run, with the Python that was asked for?
    "$venv/bin/python" -c '' 2>/dev/null &&
        [[ -z ${PYTHON:-} || $("$PYTHON" -V 2>&1) == $("$venv/bin/python" -V) ]]
}

up_to_date() { # $1: the extras asked for
    [[ -f $stamp && $(head -n 2 "$stamp") == "$(wanted)" ]] &&
        [[ -z $1 || $(tail -n 1 "$stamp") == "$1" ]] && same_python
}

find_python() {
    local candidate seen=
    local -a candidates=(python3 python3.12 python3.13 python3.11 python3.14 python)
    [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
        seen=${seen:-$("$candidate" -V 2>&1 | grep '^Python' || true)}
    done
    fail "Python 3.11 or newer with the module venv is needed (found: ${PYTHON:-${seen:-no Python}});" \
        "install it (Debian, Ubuntu: apt install python3 python3-venv) or set PYTHON=/path/to/python3.12"
}

lock() { # one set-up at a time; the lock goes with file 9, which the job does not inherit
    exec 9<"$root"
    "$1" - <<'PYTHON'
import fcntl
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("set-up: another one is at work here, waiting for its end", flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass  # a file system without locks
PYTHON
}

pip_install() {
    local status=0
    (cd "$root" && PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_USER=0 \
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
        "$@" </dev/null >>"$venv/set-up.log" 2>&1) || status=$?
    if ((status)); then
        tail -n 25 "$venv/set-up.log" >&2
        fail "pip could not install; the lines above are the end of $venv/set-up.log"
    fi
}

set_up() { # $1: extras
    local python
    python=$(find_python)
    lock "$python"
    if up_to_date "$1"; then
        return
    fi
    if ! [[ -f $stamp && $(head -n 1 "$stamp") == "$root" ]] || ! same_python; then
        echo "set-up 1/3: making .venv with $("$python" -V)"
        "$python" -m venv --clear "$venv" || fail "could not make $venv"
    fi
    rm -f "$stamp" # what is interrupted from here on begins again with an empty .venv
    echo "set-up 2/3: installing torch, Apache Beam and the others (minutes; log: .venv/set-up.log)"
    pip_install -e ".${1:+[$1]}"
    echo "set-up 3/3: installing fairseq 0.12.2, without its C++ extensions"
    READTHEDOCS=1 pip_install --no-deps --no-cache-dir fairseq==0.12.2
    { wanted && echo "$1"; } >"$stamp"
    echo "set-up finished after $SECONDS s"
}

main() {
    local extras=
    case ${1:-} in
    -h | --help | help) exec sed -n '2,/^set/s/^# \{0,1\}//p' "$root/run_pipeline.sh" ;;
    test | setup) extras=test ;;
    esac
    up_to_date "$extras" || set_up "$extras"
    exec 9<&-
    case ${1:-} in
    setup) ;;
    test)
        cd "$root"
        # Two processes; one thread each, else they get in each other's way.
        OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} exec "$venv/bin/python" -m pytest \
            -n 2 --dist loadfile "${@:2}"
        ;;
    '')
        cd "$root"
        exec "$venv/bin/mswitch" run pipeline/configs/sample.yaml
        ;;
    *) exec "$venv/bin/mswitch" "$@" ;;
    esac
}

main "$@"
