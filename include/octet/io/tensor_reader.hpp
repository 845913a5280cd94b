// Taking the tensors out of a file, strictly: each tensor is asked for by name, shape and type, exactly once.
// What does not fit is noted, not thrown, so that `finish()` can report all of it in one message, together with
// the tensors that nobody asked for.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "half.hpp"
#include "tensor_file.hpp"

namespace octet {

namespace detail {

/// How many insertions, deletions and replacements make b of a.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row.back();
}

/// How unlike two tensor names are: the parts of a prefix more or less ("module.conv1.weight"; the common end must be
/// more than "weight"), or a few letters. `unrelated` where neither can have been meant by the other.
inline constexpr std::size_t unrelated = std::numeric_limits<std::size_t>::max();
inline std::size_t name_distance(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    if (a.empty() || b.size() > 200) return unrelated;
    const std::string_view prefix = b.substr(0, b.size() - a.size());
    if (b.ends_with(a) && prefix.ends_with('.') && a.find('.') != std::string_view::npos)
        return static_cast<std::size_t>(std::ranges::count(prefix, '.'));
    const std::size_t limit = std::max<std::size_t>(2, a.size() / 6);
    if (b.size() - a.size() > limit) return unrelated;
    const std::size_t distance = edit_distance(a, b);
    return distance <= limit ? distance : unrelated;
}

}  // namespace detail

/// Consumes a TensorFile, which must outlive it. What `read` wrote counts only if `finish()` returns.
class TensorReader {
public:
    explicit TensorReader(const TensorFile& file) : file_(file), taken_(file.tensors().size(), false) {}

    /// Whether the file has a tensor of this name (a bias, say, that a layer may lack).
    bool contains(std::string_view name) const { return file_.find(name) != nullptr; }

    /// Reads floats from F32, F16 or BF16. NaN and infinity are mismatches. F64 is not narrowed unasked.
    void read(std::string_view name, std::span<const std::int64_t> shape, std::span<float> out) {
        const StoredTensor* tensor = take(name, {DType::f32, DType::f16, DType::bf16}, shape, out.size());
        if (tensor == nullptr) return;
        if (tensor->dtype == DType::f32) {
            if (!out.empty()) std::memcpy(out.data(), tensor->data.data(), tensor->data.size());
        } else {
            const auto widen = tensor->dtype == DType::f16 ? float_from_half : float_from_bfloat16;
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = widen(element<std::uint16_t>(*tensor, i));
        }
        // By its bits: with -ffast-math, std::isfinite is true of everything.
        const auto not_finite = [](float x) { return (std::bit_cast<std::uint32_t>(x) & 0x7f800000u) == 0x7f800000u; };
        const auto bad = std::ranges::count_if(out, not_finite);
        if (bad == 0) return;
        const auto first = std::ranges::find_if(out, not_finite);
        const bool nan = (std::bit_cast<std::uint32_t>(*first) & 0x007fffffu) != 0;
        note(name, "expected finite values, found " + std::string(nan ? "NaN" : "infinity") + " at flat index " +
                       std::to_string(first - out.begin()) +
                       (bad > 1 ? " and " + std::to_string(bad - 1) + " more" : "") + " in " +
                       detail::describe(*tensor));
    }

    /// Reads I8.
    void read(std::string_view name, std::span<const std::int64_t> shape, std::span<std::int8_t> out) {
        const std::span<const std::int8_t> values = view(name, shape, out.size());
        std::copy(values.begin(), values.end(), out.begin());
    }
    /// The `count` values of an I8 tensor where they lie, as long as the file's storage is kept; none in a mismatch.
    std::span<const std::int8_t> view(std::string_view name, std::span<const std::int64_t> shape, std::size_t count) {
        const StoredTensor* tensor = take(name, {DType::i8}, shape, count);
        if (tensor == nullptr) return {};
        return {reinterpret_cast<const std::int8_t*>(tensor->data.data()), tensor->data.size()};
    }

    /// Reads I32, or I64 whose values fit.
    void read(std::string_view name, std::span<const std::int64_t> shape, std::span<std::int32_t> out) {
        const StoredTensor* tensor = take(name, {DType::i32, DType::i64}, shape, out.size());
        if (tensor == nullptr) return;
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::int64_t value =
                tensor->dtype == DType::i32 ? element<std::int32_t>(*tensor, i) : element<std::int64_t>(*tensor, i);
            out[i] = static_cast<std::int32_t>(value);
            if (out[i] != value)
                return note(name, "expected values of 32 bits, found " + std::to_string(value) + " at flat index " +
                                      std::to_string(i) + " in " + detail::describe(*tensor));
        }
    }

    /// Takes a tensor that is not needed, such as `bn1.num_batches_tracked`, if it is there.
    void ignore(std::string_view name) {
        if (const StoredTensor* tensor = file_.find(name)) taken_[index(*tensor)] = true;
    }

    /// Adds a complaint of the caller's own to the report: "conv1.weight_scale: expected a scale above 0, found 0".
    void mismatch(std::string text) { mismatches_.push_back({std::move(text), {}}); }

    /// Whether nothing was found wrong so far.
    bool fits() const { return mismatches_.empty(); }

    /// Throws one Error with all mismatches and all tensors that nobody asked for; returns if there are none.
    void finish() const {
        constexpr std::size_t most = 20;
        std::vector<const StoredTensor*> left;
        for (const StoredTensor& tensor : file_.tensors())
            if (!taken_[index(tensor)]) left.push_back(&tensor);
        if (mismatches_.empty() && left.empty()) return;

        std::string text = file_.path().string() + ": its tensors are not the ones expected";
        for (std::size_t i = 0; i < std::min(most, mismatches_.size()); ++i)
            text += "\n  " + mismatches_[i].text + suggestion(mismatches_[i].missing, left);
        if (mismatches_.size() > most) text += "\n  ... and " + std::to_string(mismatches_.size() - most) + " more";
        for (std::size_t i = 0; i < std::min(most, left.size()); ++i)
            text += "\n  " + shown(left[i]->name) + ": expected no such tensor, found " + detail::describe(*left[i]);
        if (left.size() > most)
            text += "\n  ... and " + std::to_string(left.size() - most) + " more that are not expected";
        throw Error(text);
    }

private:
    struct Mismatch {
        std::string text;
        std::string missing;  // the name, where the tensor was not found
    };

    static std::string shown(std::string_view name) {  // without the quotes, which would only clutter a list
        const std::string text = detail::in_quotes(name);
        return text.substr(1, text.size() - 2);
    }
    void note(std::string_view name, const std::string& text) { mismatch(shown(name) + ": " + text); }

    std::size_t index(const StoredTensor& tensor) const {
        return static_cast<std::size_t>(&tensor - file_.tensors().data());
    }

    template <class T>
    static T element(const StoredTensor& tensor, std::size_t i) {
        T value;
        std::memcpy(&value, tensor.data.data() + i * sizeof(T), sizeof(T));
        return value;
    }

    /// The tensor, if it is there, of one of `types` and of this shape; else notes what is wrong and returns null.
    const StoredTensor* take(std::string_view name, std::initializer_list<DType> types,
                             std::span<const std::int64_t> shape, std::size_t room) {
        std::string expected;
        for (const DType type : types) (expected += expected.empty() ? "" : "/") += dtype_name(type);
        expected = detail::describe(expected, shape);
        const auto count = detail::element_count(shape);
        if (!count || static_cast<std::size_t>(*count) != room)
            throw Error("TensorReader::read: " + std::string(name) + ", " + expected + ", is to go into " +
                        std::to_string(room) + " elements");

        const StoredTensor* tensor = file_.find(name);
        if (tensor == nullptr) {
            mismatches_.push_back(
                {shown(name) + ": expected " + expected + ", found no such tensor", std::string(name)});
            return nullptr;
        }
        const bool again = taken_[index(*tensor)];
        taken_[index(*tensor)] = true;
        if (again) {
            note(name, "expected to be used once, found two uses");
            return nullptr;
        }
        if (std::ranges::find(types, tensor->dtype) == types.end() || !std::ranges::equal(tensor->shape, shape)) {
            note(name, "expected " + expected + ", found " + detail::describe(*tensor));
            return nullptr;
        }
        return tensor;
    }

    /// "; did you mean ...?", from the tensors that nobody asked for.
    static std::string suggestion(std::string_view missing, std::span<const StoredTensor* const> left) {
        std::size_t nearest = detail::unrelated;
        const StoredTensor* best = nullptr;
        for (const StoredTensor* tensor : left.first(std::min<std::size_t>(left.size(), 4096))) {
            const std::size_t distance = detail::name_distance(missing, tensor->name);
            if (distance < nearest) {
                nearest = distance;
                best = tensor;
            }
        }
        return best == nullptr ? "" : "; did you mean " + detail::in_quotes(best->name) + "?";
    }

    const TensorFile& file_;
    std::vector<bool> taken_;
    std::vector<Mismatch> mismatches_;
};

}  // namespace octet
