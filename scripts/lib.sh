# Shared by the scripts, which begin with:  source "$(dirname "$0")/lib.sh"
#
# Sourcing it stops the script at the first error and changes to the project's folder.
set -euo pipefail
script=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Ends a script whose tool is missing: with CI=true as a failure.
skip() {
    echo "SKIPPED: $1"
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

# at_exit COMMAND: runs it when the script ends, also on Ctrl-C and on a signal.
at_exit() {
    trap "$1" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Prints processors and load, for the tables of measurements.
machine_load() { echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"; }

# Prints the comment at the top of the script as its usage.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$script"; }

# Prints the Debian mirror of this machine.
debian_mirror() {
    local site
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep '/debian/*$' | head -1 || true)
    echo "${site:-http://deb.debian.org/debian}"
}

# pip_install FOLDER ARGUMENTS...: installs from PyPI into a virtual environment, unless the same is installed.
pip_install() {
    local folder=$1 file wanted
    shift
    # An environment does not work in a folder of another name.
    wanted=$(
        echo "$PWD/$folder $*"
        for file in "$@"; do [ ! -f "$file" ] || cat "$file"; done
    )
    [ "$(cat "$folder/installed" 2>/dev/null)" != "$wanted" ] || return 0
    rm -rf "$folder"
    if ! python3 -m venv "$folder" 2>/dev/null || ! "$folder/bin/pip" install --quiet "$@"; then
        rm -rf "$folder"
        skip "what $folder holds cannot be installed (python3-venv and PyPI are needed)"
    fi
    echo "$wanted" >"$folder/installed"
}

# test_program ARGUMENTS...: builds tests (--lib, or --test NAME) and prints the path of their program.
test_program() {
    cargo test --quiet --locked "$@" --no-run --message-format=json |
        sed -n '/"overflow_checks":[a-z]*,"test":true/s/.*"executable":"\([^"]*\)".*/\1/p'
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        is_taken "$port" || { echo "$port"; return; }
    done
}

# Whether an HTTP server answers on a port, not only listens.
answers() {
    local status
    is_taken "$1" || return 1
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    IFS= read -r -t 5 status <&3 || status=
    exec 3>&-
    [[ $status == HTTP/*" 200 "* ]]
}

emulator_pid=
emulator_log=
stop_emulator() {
    [ -n "$emulator_pid" ] || return 0
    # The launcher is a shell whose child is the JVM, so the whole group is killed.
    kill -TERM -- "-$emulator_pid" 2>/dev/null || true
    wait "$emulator_pid" 2>/dev/null || true
    rm -f "$emulator_log"
    emulator_pid=
}

# Starts a Firestore emulator that ends with the script, and exports KIOSK_TEST_FIRESTORE=host:port. Not
# FIRESTORE_EMULATOR_HOST: every test of the library would then use it. Fails where none can be started.
start_emulator() {
    local installed=/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud_firestore_emulator
    local port command tries
    port=$(free_port)
    if [ -x "$installed" ]; then
        command=("$installed" start --host=127.0.0.1 "--port=$port")
    elif command -v cloud_firestore_emulator >/dev/null; then
        command=(cloud_firestore_emulator start --host=127.0.0.1 "--port=$port")
    elif command -v gcloud >/dev/null; then
        command=(gcloud --quiet emulators firestore start "--host-port=127.0.0.1:$port")
    else
        echo "No Firestore emulator (Debian package google-cloud-cli-firestore-emulator)." >&2
        return 1
    fi
    at_exit stop_emulator
    emulator_log=$(mktemp)
    JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:--Xmx1g}" setsid "${command[@]}" >"$emulator_log" 2>&1 &
    emulator_pid=$!
    for ((tries = 0; tries < 300; tries++)); do
        if answers "$port"; then
            export KIOSK_TEST_FIRESTORE=127.0.0.1:$port
            return 0
        fi
        kill -0 "$emulator_pid" 2>/dev/null || break
        sleep 0.2
    done
    echo "The Firestore emulator did not start:" >&2
    cat "$emulator_log" >&2
    stop_emulator
    return 1
}
