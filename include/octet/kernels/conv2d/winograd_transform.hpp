// The transforms of Winograd's convolution F(4x4, 3x3), in integers, so that nothing is lost.
//
// One dimension, the four outputs y of a filter g of three taps over six inputs d (points 0, 1, -1, 2, -2, infinity):
//
//     y = A^T [ (G g) . (B^T d) ]                       6 products where the plain sum has 12
//
//           4  0 -5  0  1  0          1/4    0    0
//           0 -4 -4  1  1  0         -1/6 -1/6 -1/6           1  1  1  1  1  0
//     B^T = 0  4 -4 -1  1  0     G = -1/6  1/6 -1/6     A^T = 0  1 -1  2 -2  0
//           0 -2 -1  2  1  0         1/24 1/12  1/6           0  1  1  4  4  0
//           0  2 -1 -2  1  0         1/24-1/12  1/6           0  1 -1  8 -8  1
//           0  4  0 -5  0  1            0    0    1
//
// G has fractions, so it is replaced by integers, each row scaled to its own denominator,
//
//     G' = 6 0 0 / 1 1 1 / 1 -1 1 / 1 2 4 / 1 -2 4 / 0 0 6
//
// and the factors are put back into A^T, whose rows get the common denominators 24, 12, 6 and 6, that is 3 times 8, 4,
// 2 and 2. In two dimensions a transform is applied to columns, then to rows, and output (i, j) of the integers is 9 *
// 2^(k_i + k_j) * y, k = 3, 2, 1, 1.
//
// Where an image is not a whole number of tiles, some are cut to 3 outputs of 5 inputs rather than computed over its
// edge (14 = 4 + 4 + 3 + 3): F(3, 3) at the same points without -2, so that the transformed weights are those of F(4,
// 3) without row 4. A sixth of such a tile's products falls away, or nearly a third where both of its sides are cut. In
// integers, with denominators 12, 6 and 6, k = 2, 1, 1:
//
//           2 -1 -2  1  0
//           0 -6 -3  3  0             1 -2 -2  2  0
//     B^T = 0  2 -3  1  0       A^T = 0 -1  1  2  0
//           0 -1  0  1  0             0 -1 -1  4  1
//           0  2 -1 -2  1
//
// Both dimensions choose for themselves.
//
// Adding 36 to the product at position (1, 1) adds one to every y: it is what inputs of 1 and the filter that copies
// its middle make, (B^T 1) (B^T 1)^T . (G' g) (G' g)^T with B^T 1 = 0 -6 0 0 0 0. (For that the second row of the
// smaller B^T has a factor of 3 that its A^T lacks.)
//
// All of it is addition, subtraction and multiplication, so it holds modulo 2^32, however often sums wrap. 9 has an
// inverse there; what is left is 2^k y modulo 2^32, k <= 6, and an arithmetic shift gives y if -2^25 <= y < 2^25.
#pragma once

#include <array>
#include <cstdint>

namespace octet::kernels::detail {

inline constexpr int winograd_outputs = 4;               // a side of the tile of outputs, at most
inline constexpr int winograd_inputs = 6;                // a side of the tile of inputs, at most
inline constexpr int winograd_positions = 36;            // products, each a matrix product over channels
inline constexpr std::int32_t inverse_of_9 = 954437177;  // 9 * 954437177 = 1 modulo 2^32
inline constexpr int winograd_cut = 4;                   // the row that tiles of 3 outputs lack, the point -2
inline constexpr std::int32_t winograd_limit = 1 << 25;  // sums below it are recovered
inline constexpr std::int32_t winograd_unit = 36;        // at position (1, 1) adds one to all sums
inline constexpr int winograd_unit_position = 7;
static_assert(9u * static_cast<std::uint32_t>(inverse_of_9) == 1u);

/// Row `i` of the transforms of `outputs` outputs is row `winograd_row(outputs, i)` of those of 4.
constexpr int winograd_row(int outputs, int i) { return outputs == 3 && i == winograd_cut ? 5 : i; }
/// k of output `i`.
constexpr int winograd_shift(int outputs, int i) { return std::array{3, 2, 1, 1}[std::size_t(4 - outputs + i)]; }

/// B^T d. From bytes two dimensions make numbers within +-68 * 255, with tiles cut to 3 outputs +-90 * 255 = 22,950,
/// which fit in shorts.
template <class V, class Short>
inline void transform_input(const Short (&d)[6], Short (&r)[6]) {
    const auto add = [](Short a, Short b) { return V::add_short(a, b); };
    const auto sub = [](Short a, Short b) { return V::sub_short(a, b); };
    const auto times_2 = [](Short a) { return V::add_short(a, a); };
    const auto times_4 = [](Short a) { return V::shift_left_short(a, 2); };
    const Short even = sub(d[4], d[2]), odd = times_2(sub(d[3], d[1]));
    r[0] = add(times_4(sub(d[0], d[2])), even);
    r[1] = sub(add(d[3], d[4]), times_4(add(d[1], d[2])));
    r[2] = add(sub(d[4], d[3]), times_4(sub(d[1], d[2])));
    r[3] = add(even, odd);
    r[4] = sub(even, odd);
    r[5] = add(times_4(sub(d[1], d[3])), sub(d[5], d[3]));
}
template <class V, class Short>
inline void transform_input(const Short (&d)[5], Short (&r)[5]) {
    const auto add = [](Short a, Short b) { return V::add_short(a, b); };
    const auto sub = [](Short a, Short b) { return V::sub_short(a, b); };
    const auto times_2 = [](Short a) { return V::add_short(a, a); };
    const auto times_3 = [](Short a) { return V::add_short(V::add_short(a, a), a); };
    const Short odd = sub(d[3], d[1]);
    r[0] = add(times_2(sub(d[0], d[2])), odd);
    r[1] = times_3(sub(odd, add(d[1], d[2])));
    r[2] = add(odd, times_3(sub(d[1], d[2])));
    r[3] = odd;
    r[4] = sub(sub(d[4], d[2]), times_2(odd));
}

/// Row `k` of G' g: within +-7 * 128.
template <class V, class Short>
inline Short transform_weights(int k, Short g0, Short g1, Short g2) {
    const auto add = [](Short a, Short b) { return V::add_short(a, b); };
    const auto twice = [add](Short a) { return add(a, a); };
    if (k == 0 || k == 5) {
        const Short g = k == 0 ? g0 : g2;
        return twice(add(g, twice(g)));
    }
    const Short even = add(g0, k < 3 ? g2 : V::shift_left_short(g2, 2)), odd = k < 3 ? g1 : twice(g1);
    return k % 2 == 1 ? add(even, odd) : V::sub_short(even, odd);
}

/// A^T m with the denominators of its rows left out.
template <class V, class Sum>
inline void transform_output(const Sum (&m)[6], Sum (&r)[4]) {
    const auto add = [](Sum a, Sum b) { return V::add(a, b); };
    const auto sub = [](Sum a, Sum b) { return V::sub(a, b); };
    const Sum sum1 = add(m[1], m[2]), difference1 = sub(m[1], m[2]);
    const Sum sum2 = add(m[3], m[4]), difference2 = sub(m[3], m[4]);
    r[0] = add(sub(m[0], V::shift_left(sum1, 2)), sum2);
    r[1] = sub(difference2, add(difference1, difference1));
    r[2] = sub(sum2, sum1);
    r[3] = add(add(difference2, difference2), sub(m[5], difference1));
}

template <class V, class Sum>
inline void transform_output(const Sum (&m)[5], Sum (&r)[3]) {
    const auto add = [](Sum a, Sum b) { return V::add(a, b); };
    const auto sub = [](Sum a, Sum b) { return V::sub(a, b); };
    const Sum sum1 = add(m[1], m[2]), twice = add(m[3], m[3]);
    r[0] = add(sub(m[0], add(sum1, sum1)), twice);
    r[1] = add(sub(m[2], m[1]), twice);
    r[2] = add(sub(add(twice, twice), sum1), m[4]);
}

/// g of G' g.
template <class T>
constexpr void restore_weights(const T (&r)[6], T& g0, T& g1, T& g2) {
    g0 = r[0] / 6;
    g1 = (r[1] - r[2]) / 2;
    g2 = r[5] / 6;
}

}  // namespace octet::kernels::detail
