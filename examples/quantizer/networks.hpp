// Which qconfigs a quantizer offers, and the list of all its networks under each of them, to be compiled for each
// architecture (octet/multiarch/networks.hpp).
#pragma once

#include <octet/multiarch/networks.hpp>
#include <octet/observe/qconfig.hpp>
#include <string>
#include <vector>

#include "options.hpp"

namespace quantizer {

/// Qconfigs that --qconfig can choose among; the first is the default.
template <class... QC>
struct Choice {
    static std::vector<std::string> names() { return {QC::name...}; }

    /// f.operator()<QC>() for the qconfig of that name. Throws octet::Error when there is none.
    template <class F>
    static int call(const std::string& name, F f) {
        int code = 0;
        if (((name == QC::name && (code = f.template operator()<QC>(), true)) || ...)) return code;
        throw octet::Error("--qconfig " + name + ": expected " + one_of(names()));
    }

    /// Every network under every qconfig.
    template <class... Net>
    static const octet::CompiledNetworks* compile() {
        return octet::compile<octet::Compiled<Net, QC...>...>();
    }
};
/// PyTorch's, all of them.
using AllQConfigs = Choice<octet::qconfig::x86, octet::qconfig::fbgemm, octet::qconfig::onednn, octet::qconfig::qnnpack,
                           octet::qconfig::default_qconfig>;

}  // namespace quantizer
