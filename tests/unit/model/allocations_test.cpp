// Contract 3: a forward pass allocates nothing. This executable counts every allocation.
#include "catch.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include "networks.hpp"

namespace {
std::atomic<long> allocations{0};
[[gnu::noinline]] void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    void* p = nullptr;
    if (posix_memalign(&p, alignment < sizeof(void*) ? sizeof(void*) : alignment, size == 0 ? 1 : size) != 0)
        throw std::bad_alloc();
    return p;
}
// Not inlined, or g++ sees free() given what operator new returned, and warns.
[[gnu::noinline]] void release(void* p) noexcept { std::free(p); }
}  // namespace

void* operator new(std::size_t size) { return counted(size, sizeof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t a) { return counted(size, std::size_t(a)); }
void* operator new[](std::size_t size) { return counted(size, sizeof(std::max_align_t)); }
void* operator new[](std::size_t size, std::align_val_t a) { return counted(size, std::size_t(a)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size, sizeof(std::max_align_t)); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return counted(size, sizeof(std::max_align_t));
}
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }

namespace {
// The qconfig of every layer but a few, so that casts run, too.
using Islands = octet::QConfigMapping<octet::Global<octet::qconfig::qnnpack>,
                                      octet::ObjectType<octet::Op::mul, octet::qconfig::none>,
                                      octet::ModuleName<"dilated", octet::qconfig::none>>;

template <class Net, class QC>
void check_allocations() {
    auto model = test::random_model<Net>();
    auto int8 = test::quantized<QC>(model);
    const auto images = test::random_images(decltype(model)::input_shape, 1);
    octet::ThreadPool pool(3);
    octet::Serial serial;
    octet::Workspace<typename decltype(int8)::forward> workspace;
    float sum = 0;
    const long before = allocations;
    for (int i = 0; i < 3; ++i) {
        sum += model(images[0])(0) + model(images[0], pool)(0);
        sum += int8(images[0])(0) + int8(images[0], pool)(0);
        sum += int8.run(images[0].data(), workspace, serial)(0);
    }
    const long after = allocations;
    CHECK(after == before);
    CHECK(std::isfinite(sum));
    std::vector<int> counter(10);  // the counter counts
    CHECK(allocations > after);
}
}  // namespace

TEST_CASE("forward allocates nothing, on one thread or several, float or int8 or both") {
    check_allocations<test::TinyNet<>, octet::qconfig::x86>();
    check_allocations<test::EveryOp, octet::qconfig::onednn>();
    check_allocations<test::EveryOp, Islands>();
}
