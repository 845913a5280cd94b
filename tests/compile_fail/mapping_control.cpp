// EXPECT: OK
#include "nets.hpp"
struct Grouped {
    static constexpr auto graph() {
        octet::GraphBuilder net;
        auto x = net.input({8, 8, 6});
        x = net.clamp("gate", net.conv2d("conv", x, {.out = 8, .kernel = 3, .dilation = 2, .groups = 2}), -1.0f, 1.0f);
        x = net.cat("join", {x, x, x, x, x, x, x, x});
        return net.finish(net.avg_pool("a.name.of.exactly.forty.seven.characters.is.ok.", x, {}));
    }
};
using Mapping = octet::QConfigMapping<octet::Global<octet::qconfig::x86>, octet::ModuleNameRegex<"(conv)", octet::qconfig::none>,
                                      octet::ModuleName<"join", octet::qconfig::x86>,
                                      octet::ModuleNameObjectTypeOrder<"", octet::Op::conv2d, 0, octet::qconfig::x86>>;
auto good(octet::FloatModel<Grouped> model, const Images& images) {
    return octet::convert(octet::calibrate(octet::prepare<Mapping>(model), images));
}
