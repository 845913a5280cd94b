// What the compiler itself must be able to say.
#include <octet/models/resnet18.hpp>
#include <octet/octet.hpp>
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
static_assert(std::is_same_v<decltype(kernels::ConvSpec{}.window), Window>);
using A = FloatForward<Lowered<models::ResNet18<5>>, arch::best>;
using B = FloatForward<Lowered<models::ResNet18<10>>, arch::best>;
static_assert(A::spec<1> == B::spec<1>);
}  // namespace
