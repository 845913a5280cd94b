#!/bin/sh
# check.sh find_package|fetch_content SOURCE_DIR BINARY_DIR CMAKE COMPILER BUILD_TYPE PYTHON
# Builds and runs the programs in consumer/ in a folder of their own: two of somebody else's, and a quantizer.
set -eu
how=$1 source=$2 binary=$3 cmake=$4 compiler=$5 build_type=$6 python=$7

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/tests/install/consumer" "$work/consumer"
cp "$source/tests/quantizer/tiny_net.hpp" "$work/consumer"

case $how in
find_package)
    "$cmake" --install "$binary" --prefix "$work/prefix"
    octet="-DCMAKE_PREFIX_PATH=$work/prefix"
    ;;
fetch_content)
    octet="-DCONSUMER_FETCHES=ON -DFETCHCONTENT_SOURCE_DIR_OCTET=$source"
    ;;
esac
# shellcheck disable=SC2086  # several words
"$cmake" -S "$work/consumer" -B "$work/build" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE="$build_type" $octet
"$cmake" --build "$work/build"
"$work/build/consumer"
"$work/build/consumer_everywhere"
OCTET_ARCH=generic "$work/build/consumer_everywhere"
"$python" "$source/tests/quantizer/check_quantizer.py" "$work/build/tiny_net" "$work/consumer"
