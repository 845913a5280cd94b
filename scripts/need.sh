#!/bin/sh
# need.sh PACKAGE...: installs those of the Debian packages that are missing; does nothing when none is.
set -eu

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian. Make sure that you have what these packages hold: $*"
    exit 0
fi

missing=""
for package in "$@"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null; then
    as_root="sudo env" # a password, if any, is asked for at the terminal
else
    echo "These Debian packages are missing, and only root may install them:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi

echo "Installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null >>"$log" 2>&1
}
# shellcheck disable=SC2086  # a list of words
if ! { apt update && apt --yes --no-install-recommends install $missing; }; then
    cat "$log" >&2
    echo "Could not install:$missing" >&2
    exit 1
fi
