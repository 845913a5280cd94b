# The short way: each target installs the Debian packages it lacks, builds with CMake and runs.
#
#   make demo      build and run the main example: build/demo/examples/resnet18
#   make test      build and run all tests
#   make parity    compare every integer with PyTorch's, on every architecture of this machine
#   make golden    let PyTorch write the files that parity compares with again, and show that they did not change
#   make bench     build and run the benchmarks, then compare octet with its peers in one run (PEERS= leaves them out)
#   make format    format all sources
#   make clean     remove what was built

demo_packages  = cmake ninja-build g++ libxtensor-dev libxsimd-dev nlohmann-json3-dev libstb-dev libcli11-dev
test_packages  = $(demo_packages) catch2 clang python3 chromium g++-aarch64-linux-gnu qemu-user
bench_packages = $(demo_packages) libbenchmark-dev python3-venv
PEERS         ?= openvino,torch,onnxruntime,litert

.PHONY: help demo test parity golden bench format clean

help:
	@sed -n 's/^#   //p' Makefile

demo:
	@scripts/need.sh $(demo_packages)
	cmake --preset demo
	cmake --build --preset demo --target resnet18
	build/demo/examples/resnet18

test:
	@scripts/need.sh $(test_packages)
	cmake --preset test
	cmake --build --preset test
	ctest --preset test --parallel $$(nproc)

parity:
	@scripts/need.sh $(test_packages)
	cmake --preset test
	cmake --build --preset test --target parity
	tests/golden/parity.sh build/test/tests/parity

golden:
	@scripts/need.sh python3-venv python3-torch
	scripts/golden.sh

bench:
	@scripts/need.sh $(bench_packages)
	cmake --preset bench
	cmake --build --preset bench
	build/bench/bench/octet_bench
	python3 bench/peers/run.py --peers "$(PEERS)"

format:
	@scripts/need.sh clang-format
	git ls-files '*.hpp' '*.cpp' | xargs clang-format -i

clean:
	rm -rf build
