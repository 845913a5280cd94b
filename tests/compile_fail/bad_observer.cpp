// EXPECT-GCC: constraints not satisfied|template constraint failure
// EXPECT-CLANG: constraints not satisfied
#include <octet/octet.hpp>
struct Deaf {
    octet::QParams qparams() const { return {}; }
};
using Bad = octet::QConfig<Deaf, octet::PerChannelMinMaxObserver<>, octet::numerics::Fbgemm>;
Bad bad;
