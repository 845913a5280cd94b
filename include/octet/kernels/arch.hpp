// The table of architectures. An architecture is one type in one file: a `vector` (vector.hpp) and two
// dot products from which every tile is made. Which of them exist follows from the compiler's flags; `best`
// is the last in the table that does. To add one: write arch/NAME.hpp, add three lines here.
#pragma once

#include "arch/generic.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#include "arch/avx2.hpp"
#endif
#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include "arch/avx512vnni.hpp"
#endif

namespace octet::arch {

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
using best = avx512vnni;
#elif defined(__AVX2__) && defined(__FMA__)
using best = avx2;
#else
using best = generic;
#endif

}  // namespace octet::arch
