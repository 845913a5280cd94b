// Observers of several types in one array: what a QConfigMapping with several qconfigs needs.
#pragma once

#include <variant>
#include <vector>

#include "../core/error.hpp"
#include "observer.hpp"

namespace octet {

/// One observer of the types `O`; which one is decided at run time, once.
template <Observer... O>
class OneOf {
public:
    OneOf() = default;
    template <class Chosen>
    explicit OneOf(Chosen chosen) : observer_(std::move(chosen)) {}

    void observe(std::span<const float> values) {
        std::visit([&](auto& o) { o.observe(values); }, observer_);
    }
    void merge(const OneOf& other) {
        std::visit(
            [&]<class Mine>(Mine& mine) {
                const auto* theirs = std::get_if<Mine>(&other.observer_);
                if (theirs == nullptr) throw Error("octet: observers of different types cannot be merged");
                mine.merge(*theirs);
            },
            observer_);
    }
    QParams qparams() const {
        return std::visit([](const auto& o) { return o.qparams(); }, observer_);
    }
    /// Empty where the chosen observer keeps none.
    HistogramView histogram() const requires(HasHistogram<O> || ...) {
        return std::visit(
            []<class Mine>(const Mine& mine) {
                if constexpr (HasHistogram<Mine>) return mine.histogram();
                return HistogramView{};
            },
            observer_);
    }

private:
    std::variant<O...> observer_;
};

}  // namespace octet
