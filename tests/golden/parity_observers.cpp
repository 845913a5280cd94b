#include "observers_parity.hpp"
#include "parity.hpp"

void parity::compare_observers(Parity& parity) {
    ::compare_observers([&](const std::string& observer, std::uint64_t compared, std::uint64_t differ) {
        parity.add("observers", observer, compared - differ, true);
        if (differ > 0) parity.add("observers", observer, differ, false);
    });
}
