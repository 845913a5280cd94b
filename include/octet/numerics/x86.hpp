// PyTorch's engine "x86", its default since 2.0, on a processor with AVX-512 VNNI: convolutions of up to 100 groups
// go to oneDNN, linear layers and the other convolutions to FBGEMM. (On processors without VNNI all go to FBGEMM: that
// is the policy fbgemm.)
#pragma once

#include <type_traits>

#include "fbgemm.hpp"
#include "onednn.hpp"

namespace octet::numerics {

/// PyTorch's engine "x86".
struct X86 {
    static constexpr const char* name = "x86";
    template <LayerKind K>
    using layer = std::conditional_t<K.linear || (K.groups > 100), FbgemmLayer, OnednnLayer<false>>;
    using elementwise = Aten;
};

}  // namespace octet::numerics
