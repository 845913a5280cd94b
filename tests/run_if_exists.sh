#!/bin/sh
# run_if_exists.sh PATH COMMAND...: runs COMMAND if PATH exists; else says so and exits with 77.
path=$1
shift
if [ ! -e "$path" ]; then
    echo "skipped: there is no $path"
    exit 77
fi
exec "$@"
