// The table of architectures. An architecture is one type in one file: a `vector` (vector.hpp) and two or three
// dot products from which every tile is made. Which of them exist follows from the compiler's flags; `best`
// is the last in the table that does. To add one: write arch/NAME.hpp, add three lines here.
#pragma once

#include "arch/generic.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#include "arch/avx2.hpp"
#endif
#if defined(__AVXVNNI__) && defined(__AVX2__) && defined(__FMA__)
#include "arch/avxvnni.hpp"
#endif
#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#include "arch/avx512vnni.hpp"
#endif
#if defined(__aarch64__) && defined(__ARM_NEON)
#include "arch/neon.hpp"
#endif
#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#include "arch/neon_dot.hpp"
#endif

namespace octet::arch {

#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
using best = neon_dot;
#elif defined(__aarch64__) && defined(__ARM_NEON)
using best = neon;
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
using best = avx512vnni;
#elif defined(__AVXVNNI__) && defined(__AVX2__) && defined(__FMA__)
using best = avxvnni;
#elif defined(__AVX2__) && defined(__FMA__)
using best = avx2;
#else
using best = generic;
#endif

}  // namespace octet::arch
