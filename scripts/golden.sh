#!/bin/sh
# golden.sh: lets PyTorch write the golden files of tests/data/golden again, and shows that they did not change.
#
# PYTHON: a Python that has torch 2.9.1, torchvision 0.24.1 and numpy; without it they are installed from PyPI into
# build/golden (4.5 GB). PYTHON_1_13: one that has torch 1.13.1; by default Debian 12's own, with python3-torch.
# Needs a processor with AVX-512 VNNI, since engine x86 does something else on others.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$PWD/build/golden/bin/python
    [ -x "$PYTHON" ] || python3 -m venv build/golden
    "$PYTHON" -m pip install --quiet torch==2.9.1 torchvision==0.24.1 numpy
fi
PYTHON_1_13=${PYTHON_1_13:-/usr/bin/python3}
data=$PWD/tests/data/golden
cd tests/golden
for policy in fbgemm onednn x86 qnnpack; do
    echo "operations, $policy"
    "$PYTHON" make_ops.py $policy "$data/ops_$policy.txt"
done
echo "operations, onednn2"
"$PYTHON_1_13" make_ops.py onednn2 "$data/ops_onednn2.txt"
echo "observers"
"$PYTHON" make_observers.py "$data/observers.txt"
"$PYTHON_1_13" make_observers.py "$data/observers_1_13.txt"
for network in resnet18 resnet34 vgg11 squeezenet1_1 mobilenet_v2; do
    echo "$network"
    "$PYTHON" make_networks.py $network "$data/networks_$network.txt"
done
# The first line of each file names the versions, which a build of PyTorch's may spell with a suffix of its own.
if git diff --quiet --ignore-matching-lines='^#' -- "$data"; then
    echo "golden: nothing changed"
else
    git --no-pager diff --stat -- "$data"
    echo "golden: the files changed"
    exit 1
fi
