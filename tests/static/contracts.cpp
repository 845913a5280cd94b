// What the compiler itself must be able to say.
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
#include <string_view>
#include <type_traits>

using namespace octet;

namespace {
using Net = models::ResNet18<102>;
using Int8 = QuantizedModel<Net, qconfig::x86>;

static_assert(Int8::arena_bytes < 2 * 1024 * 1024);
static_assert(Int8::input_shape == Shape{224, 224, 3});
static_assert(std::is_same_v<Int8::Logits, Tensor<float, 102>>);
static_assert(models::ResNet18<>::graph().count == graph_of<models::ResNet18<1000, 224>>().count);

// Four states, four types.
using Model = FloatModel<Net>;
using Prepared = decltype(prepare<qconfig::x86>(std::declval<Model>()));
using Calibrated = decltype(calibrate(std::declval<Prepared>(), std::declval<std::vector<xt::xtensor<float, 3>>>()));
static_assert(std::is_same_v<decltype(convert(std::declval<Calibrated>())), Int8>);
static_assert(!std::is_convertible_v<Model, Prepared> && !std::is_convertible_v<Prepared, Calibrated>);

// Executors and observers are concepts; a user's own type need not know ours.
struct MyExecutor {
    template <class Work>
    void for_each(int units, const Work& work) {
        for (int i = 0; i < units; ++i) work(i, i + 1);
    }
};
static_assert(Executor<MyExecutor> && Executor<Serial> && Executor<ThreadPool>);

// The same layer in two networks is one kernel.
template <int Classes>
using Float = Forward<Lowered<models::ResNet18<Classes>>, void, arch::best>;
static_assert(Float<5>::Convolution<1>::spec == Float<10>::Convolution<1>::spec);
static_assert(std::is_same_v<Float<5>::Convolution<1>::Kernel, Float<10>::Convolution<1>::Kernel>);

// A qconfig and a mapping that says the same of every layer are the same program, but for its file's name.
using Mapping = QConfigMapping<Global<qconfig::x86>>;
static_assert(Placed<Net, Mapping>::placement.count == Placed<Net>::placement.count);
static_assert(QuantizedModel<Net, Mapping>::arena_bytes == Int8::arena_bytes);
static_assert(std::string_view(Mapping::name) == "global x86");

// Every layer's kind decides its arithmetic.
static_assert(std::is_same_v<numerics::X86::layer<numerics::LayerKind{true, 1}>, numerics::FbgemmLayer>);
static_assert(std::is_same_v<numerics::X86::layer<numerics::LayerKind{false, 100}>, numerics::OnednnLayer<false>>);
static_assert(std::is_same_v<numerics::X86::layer<numerics::LayerKind{false, 101}>, numerics::FbgemmLayer>);
static_assert(std::is_same_v<numerics::Onednn::layer<numerics::LayerKind{true, 1}>, numerics::OnednnLayer<true>>);
}  // namespace
