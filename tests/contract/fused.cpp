// A consumer that undoes -ffp-contract=off, as tests/CMakeLists.txt compiles it: an int8 model must refuse to be made.
#include <cstdio>

#include "networks.hpp"

int main() try {
    test::quantized<octet::qconfig::x86>(test::random_model<test::TinyNet<>>(), 1);
    std::puts("made");
} catch (const octet::Error& e) {
    std::puts(e.what());
}
