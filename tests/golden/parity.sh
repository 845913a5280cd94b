#!/bin/sh
# parity.sh PROGRAM [ARCH...]: runs the parity program on each architecture that this machine has, and adds up.
program=$1
shift
[ $# -gt 0 ] || set -- generic avx2 avx512vnni
compared=0 differ=0 failed=0 ran=0
for arch in "$@"; do
    output=$(OCTET_ARCH=$arch "$program" 2>&1)
    code=$?
    case $output in
    *OCTET_ARCH*) # the program says that it has no such copy, or that the machine cannot run it
        echo "$arch: left out: $output"
        continue
        ;;
    esac
    echo "--- $arch"
    echo "$output"
    last=$(echo "$output" | tail -n 1)
    [ $code -eq 0 ] || failed=1
    set_of=$(echo "$last" | sed -n 's/^parity: \([0-9]*\) integers compared, \([0-9]*\) differ$/\1 \2/p')
    [ -n "$set_of" ] || { failed=1; continue; }
    compared=$((compared + ${set_of% *}))
    differ=$((differ + ${set_of#* }))
    ran=$((ran + 1))
done
echo "parity: $compared integers compared, $differ differ"
[ $failed -eq 0 ] && [ $ran -gt 0 ] && [ "$differ" -eq 0 ]
