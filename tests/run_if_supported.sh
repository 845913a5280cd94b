#!/bin/sh
# run_if_supported.sh ARCH COMMAND...: runs COMMAND if this processor has ARCH; else says so and exits with 77.
arch=$1
shift
case $arch in
generic) needs="" ;;
avx2) needs="avx2 fma f16c bmi1 bmi2" ;;
avxvnni) needs="avx2 fma f16c bmi1 bmi2 avx_vnni" ;;
avx512vnni) needs="avx2 fma f16c bmi1 bmi2 avx512f avx512cd avx512bw avx512dq avx512vl avx512_vnni" ;;
neon_dot) needs="asimddp" ;;
*)
    echo "run_if_supported.sh: unknown architecture $arch" >&2
    exit 1
    ;;
esac
has=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo)
for feature in $needs; do
    case " $has " in
    *" $feature "*) ;;
    *)
        echo "skipped: this processor has no $feature, so it cannot run $arch"
        exit 77
        ;;
    esac
done
exec "$@"
