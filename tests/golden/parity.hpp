// What `make parity` is made of: integers of octet's compared with PyTorch's, counted by policy and operation. Golden
// files hold checksums, so where one differs all the integers behind it are counted as different.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

namespace parity {

/// Counts of compared and differing integers.
class Parity {
public:
    void add(const std::string& policy, const std::string& what, std::uint64_t integers, bool same) {
        Count& c = counts_[{policy, what}];
        c.compared += integers;
        c.differ += same ? 0 : integers;
    }
    std::uint64_t compared() const {
        std::uint64_t n = 0;
        for (const auto& [key, c] : counts_) n += c.compared;
        return n;
    }
    std::uint64_t differ() const {
        std::uint64_t n = 0;
        for (const auto& [key, c] : counts_) n += c.differ;
        return n;
    }
    /// A line for each policy and operation.
    void print() const {
        for (const auto& [key, c] : counts_)
            std::printf("%-10s %-32s %12llu compared %8llu differ\n", key.first.c_str(), key.second.c_str(),
                        static_cast<unsigned long long>(c.compared), static_cast<unsigned long long>(c.differ));
    }

private:
    struct Count {
        std::uint64_t compared = 0, differ = 0;
    };
    std::map<std::pair<std::string, std::string>, Count> counts_;
};

void compare_observers(Parity& parity);
void compare_operations(Parity& parity);
void compare_resnet18(Parity& parity);
void compare_resnet34(Parity& parity);
void compare_vgg11(Parity& parity);
void compare_squeezenet(Parity& parity);
void compare_mobilenet(Parity& parity);

}  // namespace parity
