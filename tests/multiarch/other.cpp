#include <cstdio>
#include <cstdlib>

#include "shared.hpp"

namespace {

// Written at once, before main: no other copy of this program may show up here.
struct Loud {
    Loud() {
        std::printf("initialised %s\n", compiled_for);
        trace().push_back("ordinary");
    }
    ~Loud() { std::printf("destroyed %s\n", compiled_for); }
} loud;

struct Trace {
    explicit Trace(const char* what) { trace().push_back(what); }
};
[[gnu::init_priority(600)]] Trace second("second");
[[gnu::init_priority(500)]] Trace first("first");

}  // namespace

std::vector<std::string>& trace() {
    static std::vector<std::string> lines;
    return lines;
}

Base& make_derived() { return Counter<Derived>::instance(); }
std::string arch_seen_elsewhere() { return arch_of_inline_function(); }
void fail() { throw Failure{arch_of_inline_function()}; }
