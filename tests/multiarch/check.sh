#!/bin/sh
# check.sh copy ARCH PROGRAM      PROGRAM under OCTET_ARCH=ARCH runs that copy, and no line of another
# check.sh symbols ARCH OBJECT [ENTRY]    OBJECT lets others see its main, or ENTRY, and nothing else
# check.sh unknown - PROGRAM      PROGRAM refuses an architecture it does not have, and names those it has
what=$1 arch=$2 file=$3 entry=${4:-octet_main}

expect() { # expect "what" "expected" "found"
    [ "$2" = "$3" ] && return
    printf '%s\nexpected:\n%s\nfound:\n%s\n' "$1" "$2" "$3"
    exit 1
}

case $what in
copy)
    found=$(OCTET_ARCH=$arch "$file" argument 2>&1)
    expect "exit code of OCTET_ARCH=$arch" 0 $?
    expect "output of OCTET_ARCH=$arch" "initialised $arch
ok $arch
destroyed $arch" "$found"
    ;;
symbols)
    # Lower-case letters are local, but for u, v and w: unique and weak ones.
    visible=$(nm --defined-only "$file" | grep -v ' [a-tx-z] ' | cut -d ' ' -f 2-)
    expect "symbols of $file that others see" "T ${entry}_$arch" "$visible"
    sections=$(readelf --section-headers --wide "$file" | grep -E ' (\.init_array|\.ctors|\.group)' || true)
    expect "sections of $file that a linker would act on" "" "$sections"
    ;;
unknown)
    found=$(OCTET_ARCH=z80 "$file" argument 2>&1)
    expect "exit code of OCTET_ARCH=z80" 2 $?
    case $found in
    *"OCTET_ARCH=z80"*"generic"*) ;;
    *) expect "message about OCTET_ARCH=z80" "one that names z80 and generic" "$found" ;;
    esac
    ;;
esac
