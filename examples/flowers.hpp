// SPDX-License-Identifier: Apache-2.0
//
// flowers.hpp: a garden in one header. render(kind, seed) paints a photograph-like picture of one of 102 kinds of flower.
//
//     flowers::Picture p = flowers::render(37, flowers::test_seed + 5);      // 256 x 256 pixels, RGB, row by row
//
// A kind is a family (17: daisy, lily, rose ...) and one of six varieties of it. The family fixes the form: how many petals and
// of what outline, the whorls, the disc, the stamens. Varieties 0 to 3 differ in colour; 4 and 5 wear the colours of 0 and 1 on
// more and slimmer petals. Everything else is chance, drawn from the seed: view, light, background, neighbours, what hides the bloom.
//
// The same (kind, seed, size) gives the same bytes everywhere: the random numbers, the sine and the normal deviates are written
// out here, and all else is + - * / sqrt and floor on floats. Compile with -ffp-contract=off, so that no multiply-add is fused.
//
// Seeds say what a picture is for. Keep to these ranges and no picture is ever both trained on and tested on.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flowers {

inline constexpr int kinds = 102;
inline constexpr std::uint64_t test_seed        = 0;          // 0 ... 999:    accuracy is measured on these
inline constexpr std::uint64_t calibration_seed = 500'000;    // 500'000 ...:  observers see these
inline constexpr std::uint64_t training_seed    = 1'000'000;  // 1'000'000 ...: the network learnt from these

struct Picture {
    int width, height;
    std::vector<std::uint8_t> rgb;  // height * width * 3
};

namespace detail {

// ---- chance and arithmetic ---------------------------------------------------------------------------------------------------

/// splitmix64, with the few distributions that the painter needs.
struct Random {
    std::uint64_t state;

    constexpr std::uint64_t next() {
        std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    constexpr float unit() { return static_cast<float>(next() >> 40) * (1.0f / 16777216.0f); }  // [0, 1) in steps of 2^-24
    constexpr float in(float low, float high) { return low + (high - low) * unit(); }
    constexpr float normal() {  // near enough: the sum of four uniforms
        const float a = unit(), b = unit(), c = unit(), d = unit();
        return (a + b + c + d - 2.0f) * 1.7320508f;
    }
    constexpr int below(int n) { return static_cast<int>((next() >> 33) % static_cast<std::uint64_t>(n)); }
    constexpr bool chance(float p) { return unit() < p; }
};

constexpr float clamp01(float x) { return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x; }
constexpr float magnitude(float x) { return x < 0.0f ? -x : x; }
constexpr float smooth(float x) { x = clamp01(x); return x * x * (3.0f - 2.0f * x); }
inline float wrap(float turns) { return turns - std::floor(turns + 0.5f); }                     // to [-1/2, 1/2)
inline float sine(float turns) {                                                                 // two parabolas, good to 0.001
    const float t = wrap(turns), y = 8.0f * t - 16.0f * t * magnitude(t);
    return y + 0.225f * (y * magnitude(y) - y);
}
inline float cosine(float turns) { return sine(turns + 0.25f); }

struct Colour {
    float r = 0, g = 0, b = 0;
    friend constexpr Colour operator+(Colour x, Colour y) { return {x.r + y.r, x.g + y.g, x.b + y.b}; }
    friend constexpr Colour operator*(Colour x, float k) { return {x.r * k, x.g * k, x.b * k}; }
    friend constexpr Colour operator*(Colour x, Colour y) { return {x.r * y.r, x.g * y.g, x.b * y.b}; }
};
constexpr Colour mix(Colour x, Colour y, float t) { return x * (1.0f - t) + y * t; }

// ---- the catalogue -----------------------------------------------------------------------------------------------------------

inline constexpr Colour white{.97f, .96f, .94f}, cream{.97f, .91f, .74f}, lemon{.98f, .90f, .30f}, gold{.97f, .74f, .12f},
    orange{.95f, .50f, .10f}, coral{.95f, .47f, .38f}, red{.83f, .12f, .12f}, crimson{.62f, .05f, .17f}, maroon{.33f, .05f, .10f},
    blush{.97f, .78f, .80f}, pink{.94f, .52f, .66f}, magenta{.80f, .16f, .52f}, lilac{.78f, .66f, .90f}, violet{.52f, .30f, .76f},
    purple{.32f, .11f, .47f}, blue{.26f, .32f, .80f}, sky{.55f, .70f, .95f}, brown{.28f, .16f, .08f}, ink{.10f, .06f, .12f},
    lime{.68f, .78f, .30f}, moss{.30f, .42f, .14f};

struct Paint { Colour base, tip, eye; };  // at the root of a petal, at its tip, and the ring or blotch round the middle

/// Lengths are in radii of the bloom. See outline() for widest, point, neck; see draw_petal() for notch, fringe, bend, cup.
struct Family {
    const char* name;
    int petals, whorls;
    float shrink;                                 // how much smaller each whorl is than the one outside it
    float width, inner, widest, point, neck, notch, fringe, bend, cup, lip;
    float eye, stripe;                            // radius of the eye; strength of the line along a petal
    float disc; bool seeds; Colour disc_colour;   // the middle; is it made of florets?
    int stamens; float reach; Colour anther;
    std::array<Paint, 4> paints;
};

inline constexpr std::array<Family, 17> families{{
    // name     petals whorls shrink  width inner widest point neck notch fringe bend cup lip   eye stripe   disc           stamens
    {"daisy",      20, 1, .00f, .125f, .18f, .62f, .20f, .50f, .00f, .00f, .00f, .5f, .00f, .00f, .0f, .27f, true, gold, 0, 0, gold,
        {{{white, white, white}, {pink, blush, white}, {lemon, lemon, gold}, {lilac, lilac, white}}}},
    {"aster",      30, 2, .14f, .068f, .14f, .60f, .50f, .60f, .00f, .00f, .00f, .4f, .00f, .00f, .0f, .20f, true, gold, 0, 0, gold,
        {{{violet, lilac, white}, {magenta, pink, white}, {white, white, white}, {blue, sky, white}}}},
    {"sunflower",  19, 2, .12f, .145f, .28f, .42f, .90f, .60f, .00f, .00f, .00f, .5f, .00f, .45f, .2f, .40f, true, brown, 0, 0, gold,
        {{{gold, lemon, orange}, {orange, gold, red}, {crimson, orange, maroon}, {lemon, cream, gold}}}},
    {"gazania",    15, 1, .00f, .185f, .12f, .55f, .60f, .40f, .00f, .00f, .00f, .5f, .00f, .42f, .8f, .18f, true, gold, 0, 0, gold,
        {{{orange, gold, brown}, {pink, blush, maroon}, {gold, lemon, moss}, {white, white, purple}}}},
    {"cosmos",      8, 1, .00f, .345f, .08f, .76f, .05f, .25f, .04f, .05f, .00f, .4f, .00f, .25f, .0f, .15f, true, gold, 0, 0, gold,
        {{{pink, blush, magenta}, {magenta, pink, crimson}, {white, white, lime}, {orange, gold, red}}}},
    {"anemone",     8, 1, .00f, .370f, .00f, .60f, .10f, .30f, .00f, .00f, .00f, .6f, .00f, .30f, .1f, .13f, false, ink, 34, .27f, ink,
        {{{red, red, white}, {violet, violet, white}, {white, white, lilac}, {pink, magenta, white}}}},
    {"primrose",    5, 1, .00f, .490f, .00f, .66f, .00f, .18f, .15f, .00f, .00f, .4f, .00f, .33f, .0f, .07f, false, lime, 5, .06f, gold,
        {{{lemon, cream, gold}, {magenta, pink, lemon}, {purple, violet, lemon}, {white, white, gold}}}},
    {"periwinkle",  5, 1, .00f, .440f, .00f, .80f, .10f, .15f, .00f, .00f, .24f, .3f, .00f, .20f, .1f, .06f, false, cream, 0, 0, gold,
        {{{blue, violet, white}, {lilac, lilac, white}, {white, white, pink}, {pink, pink, crimson}}}},
    {"pansy",       5, 1, .00f, .610f, .00f, .60f, .00f, .20f, .02f, .02f, .00f, .4f, .26f, .46f, .3f, .07f, false, gold, 0, 0, gold,
        {{{purple, violet, ink}, {lemon, gold, maroon}, {white, lilac, purple}, {orange, orange, maroon}}}},
    {"lily",        6, 1, .00f, .255f, .00f, .42f, .80f, .25f, .00f, .00f, .00f, .8f, .00f, .20f, .7f, .05f, false, lime, 6, .55f, brown,
        {{{white, white, lime}, {orange, orange, brown}, {pink, blush, crimson}, {gold, lemon, orange}}}},
    {"clematis",    7, 1, .00f, .285f, .02f, .50f, .70f, .25f, .00f, .00f, .00f, .5f, .00f, .12f, .6f, .09f, false, lime, 22, .22f, cream,
        {{{violet, violet, magenta}, {blue, sky, violet}, {white, blush, pink}, {crimson, magenta, red}}}},
    {"poppy",       4, 1, .00f, .800f, .00f, .68f, .00f, .35f, .00f, .03f, .00f, .7f, .00f, .34f, .0f, .12f, false, lime, 38, .26f, ink,
        {{{red, red, ink}, {orange, orange, gold}, {lemon, gold, lime}, {blush, pink, purple}}}},
    {"dahlia",     13, 5, .19f, .165f, .04f, .62f, .45f, .40f, .00f, .00f, .00f, 1.f, .00f, .00f, .0f, .07f, true, gold, 0, 0, gold,
        {{{crimson, red, maroon}, {pink, blush, magenta}, {orange, gold, red}, {purple, violet, ink}}}},
    {"rose",        5, 6, .17f, .560f, .00f, .66f, .05f, .40f, .00f, .00f, .10f, 1.f, .00f, .00f, .0f, .00f, false, gold, 0, 0, gold,
        {{{red, red, maroon}, {blush, pink, coral}, {cream, white, lemon}, {coral, orange, red}}}},
    {"lotus",       9, 3, .20f, .235f, .00f, .52f, .75f, .35f, .00f, .00f, .00f, .9f, .00f, .00f, .3f, .15f, true, lime, 28, .24f, gold,
        {{{blush, pink, pink}, {white, blush, white}, {lilac, violet, violet}, {cream, lemon, lemon}}}},
    {"pink",        5, 1, .00f, .500f, .00f, .84f, .00f, .12f, .00f, .14f, .00f, .3f, .00f, .38f, .1f, .05f, false, cream, 2, .12f, white,
        {{{pink, pink, crimson}, {white, white, magenta}, {magenta, magenta, maroon}, {coral, blush, red}}}},
    {"plumeria",    5, 1, .00f, .350f, .00f, .60f, .20f, .25f, .00f, .00f, .34f, .5f, .00f, .50f, .0f, .03f, false, gold, 0, 0, gold,
        {{{white, white, gold}, {pink, blush, orange}, {lemon, white, orange}, {crimson, magenta, gold}}}},
}};
static_assert(families.size() * 6 == kinds);

struct Traits { Family form; Paint paint; };

constexpr Traits traits(int kind) {
    const int variety = kind % 6;
    Family form = families[static_cast<std::size_t>(kind / 6)];
    const Paint paint = form.paints[static_cast<std::size_t>(variety % 4)];
    if (variety >= 4) {
        form.petals += std::max(1, form.petals / 3);
        form.width *= 0.72f;
        form.point = clamp01(form.point + 0.5f);
        form.eye *= 0.75f;
        form.disc *= 1.2f;
    }
    return {form, paint};
}

// ---- brushes -----------------------------------------------------------------------------------------------------------------

struct Canvas {
    int size;
    std::vector<Colour> pixels;
    explicit Canvas(int n) : size(n), pixels(static_cast<std::size_t>(n) * static_cast<std::size_t>(n)) {}
    Colour* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size); }
    const Colour* row(int y) const { return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(size); }
};

/// Where a bloom lies: pixel = centre + matrix * (position in radii). A tilted bloom is squashed along one direction.
struct Frame {
    float x, y, a, b, c, d;  // matrix ((a, b), (c, d))
    static Frame tilted(float x, float y, float radius, float turn, float squash) {
        const float s = sine(turn), k = cosine(turn), q = 1.0f - squash;  // identity - (1 - squash) * n n'
        return {x, y, radius * (1.0f - q * k * k), -radius * q * k * s, -radius * q * k * s, radius * (1.0f - q * s * s)};
    }
    static Frame upright(float x, float y, float radius) { return {x, y, radius, 0, 0, radius}; }
};

struct Petal {
    float turn, inner, length, width;                 // direction; where it starts; how long and (half) how wide it is
    float widest, point, neck, notch, fringe, bend;   // its outline
    float cup, eye, stripe, vein;                     // its relief and its drawing
    Paint paint;
    float light_x, light_y, shade, shadow, soft;      // soft: width of the edge, in pixels
};

/// Half the width of a petal at u, from root (0) to tip (1), 1 where it is widest; negative outside.
inline float outline(const Petal& p, float u) {
    if (u > 1.0f) return 2.0f - 2.0f * u;
    if (u < 0.0f) return p.neck + 8.0f * u;
    if (u < p.widest) { const float s = u / p.widest; return p.neck + (1.0f - p.neck) * s * (2.0f - s); }
    const float t = (u - p.widest) / (1.0f - p.widest);
    return (1.0f - p.point) * std::sqrt(1.0f - t * t) + p.point * (1.0f - t * (0.35f + 0.65f * t));
}

/// Narrows [first, last] to where low <= slope * x + offset <= high.
inline void clip(float slope, float offset, float low, float high, float& first, float& last) {
    if (magnitude(slope) < 1e-9f) { if (offset < low || offset > high) last = first - 1.0f; return; }
    float from = (low - offset) / slope, to = (high - offset) / slope;
    if (from > to) std::swap(from, to);
    first = std::max(first, from);
    last = std::min(last, to);
}

/// One petal, and the shadow it throws on what is below. Leaves and stems are petals too.
inline void draw_petal(Canvas& canvas, const Frame& f, const Petal& p) {
    const float k = cosine(p.turn), s = sine(p.turn), det = f.a * f.d - f.b * f.c, pixel = 1.0f / std::sqrt(det);
    const float edge = pixel * p.soft, margin = std::max(edge, p.shadow > 0.0f ? 0.05f : 0.0f);
    // u runs along the petal, v across it: both are linear in the pixel
    const float ux = (f.d * k - f.c * s) / (det * p.length), uy = (f.a * s - f.b * k) / (det * p.length);
    const float vx = (-f.d * s - f.c * k) / det, vy = (f.a * k + f.b * s) / det;
    const float u0 = -(ux * f.x + uy * f.y) - p.inner / p.length, v0 = -(vx * f.x + vy * f.y);
    const float low_u = -margin / p.length, high_u = 1.0f - low_u, high_v = p.width + margin + magnitude(p.bend);
    float top = 1e9f, bottom = -1e9f;
    for (const float u : {low_u, high_u})
        for (const float v : {-high_v, high_v}) {
            const float along = u * p.length + p.inner, X = along * k - v * s, Y = along * s + v * k;
            const float y = f.y + f.c * X + f.d * Y;
            top = std::min(top, y);
            bottom = std::max(bottom, y);
        }
    const float end = static_cast<float>(canvas.size - 1);
    const int y_first = static_cast<int>(std::max(0.0f, std::floor(top)));
    const int y_last = static_cast<int>(std::floor(std::min(end, bottom + 1.0f)));
    const float relief_v = p.cup * (p.light_y * k - p.light_x * s) * 0.22f, relief_u = p.cup * (p.light_x * k + p.light_y * s) * 0.45f;
    for (int y = y_first; y <= y_last; ++y) {
        const float row_u = uy * static_cast<float>(y) + u0, row_v = vy * static_cast<float>(y) + v0;
        float first = 0.0f, last = end;
        clip(ux, row_u, low_u, high_u, first, last);
        clip(vx, row_v, -high_v, high_v, first, last);
        if (last < first) continue;
        Colour* out = canvas.row(y);
        for (int x = static_cast<int>(first); x <= static_cast<int>(last); ++x) {
            const float u = ux * static_cast<float>(x) + row_u;
            const float v = vx * static_cast<float>(x) + row_v - p.bend * u * u, side = magnitude(v);
            const float across = v / p.width;
            float e = u;  // a notch or a fringe brings the tip nearer
            if (p.notch > 0.0f) e += p.notch * std::max(0.0f, 1.0f - 2.0f * magnitude(across)) * u * u;
            if (p.fringe > 0.0f) e += p.fringe * magnitude(wrap(across * 4.5f)) * 2.0f * u * u * u;
            const float w = outline(p, e);
            float inside = p.width * w - side;  // a distance: positive within
            if (inside < -2.5f * margin) continue;
            if (inside < 0.1f) {
                const float slope = p.width * (outline(p, e + 0.02f) - w) / (0.02f * p.length);
                inside /= std::sqrt(1.0f + slope * slope);
            }
            if (p.shadow > 0.0f && inside < 0.0f) {
                const float depth = std::max(0.0f, 1.0f + inside * 20.0f);
                out[x] = out[x] * (1.0f - p.shadow * depth * depth);
            }
            const float cover = clamp01(inside / edge + 0.5f);
            if (cover <= 0.0f) continue;
            const float from_middle = u * p.length + p.inner, ripple = magnitude(wrap(across * 3.0f));
            Colour c = mix(p.paint.base, p.paint.tip, smooth(u * 1.25f - 0.15f));
            if (p.stripe > 0.0f) {
                const float line = std::max(0.0f, 1.0f - 6.0f * magnitude(across));
                c = mix(c, p.paint.eye, p.stripe * line * clamp01(1.3f - 1.1f * u));
            }
            if (p.eye > 0.0f) c = mix(c, p.paint.eye, smooth((p.eye * (1.12f - 0.5f * ripple) - from_middle) * 9.0f + 0.5f));
            const float rounded = clamp01(inside * 14.0f);
            const float lit = p.shade * (0.84f + 0.16f * rounded) * (1.0f + relief_v * across + relief_u * (u - 0.35f))
                              * (0.66f + 0.34f * clamp01(from_middle * 2.6f + 0.1f)) * (1.0f - p.vein * ripple);
            out[x] = mix(out[x], c * lit, cover);
        }
    }
}

/// A small ball at (x, y) in the frame: florets, anthers, and, very soft, the bokeh.
inline void draw_ball(Canvas& canvas, const Frame& f, float x, float y, float radius, Colour colour, float opacity, float softness) {
    const float cx = f.x + f.a * x + f.b * y, cy = f.y + f.c * x + f.d * y, det = f.a * f.d - f.b * f.c;
    const float wide = radius * std::sqrt(f.a * f.a + f.b * f.b) + 1.0f, tall = radius * std::sqrt(f.c * f.c + f.d * f.d) + 1.0f;
    const float end = static_cast<float>(canvas.size - 1), sharp = 1.0f / softness;
    if (cx + wide < 0.0f || cy + tall < 0.0f || cx - wide > end || cy - tall > end) return;
    const int x_first = static_cast<int>(std::max(0.0f, cx - wide)), x_last = static_cast<int>(std::min(end, cx + wide));
    const int y_first = static_cast<int>(std::max(0.0f, cy - tall)), y_last = static_cast<int>(std::min(end, cy + tall));
    for (int j = y_first; j <= y_last; ++j)
        for (int i = x_first; i <= x_last; ++i) {
            const float px = static_cast<float>(i) - cx, py = static_cast<float>(j) - cy;
            const float X = (f.d * px - f.b * py) / (det * radius), Y = (f.a * py - f.c * px) / (det * radius);
            const float cover = opacity * clamp01((1.0f - std::sqrt(X * X + Y * Y)) * sharp);
            Colour& out = canvas.row(j)[i];
            if (cover > 0.0f) out = mix(out, colour * (1.0f - 0.18f * (X + Y)), cover);
        }
}

// ---- what is painted with them -----------------------------------------------------------------------------------------------

// A note for whoever edits this: C++ does not say in which order the arguments of a call, or the two sides of a *, are evaluated.
// It does for the values within braces. So no call here draws more than one random number in its arguments, unless in braces.

struct Light { float x, y; };  // where it comes from, in the picture's plane
struct Leaf { float x, y, turn, length, width, soft = 1.5f; };
struct Stem { float x, y, turn, length, thickness, bend, soft = 1.5f; };

inline Colour blend(Random& r, Colour x, Colour y, float most = 1.0f) { return mix(x, y, r.in(0, most)); }
inline Colour some_green(Random& r, float darkest = 1.0f, float lightest = 1.0f) {
    const Colour fresh = blend(r, {.10f, .24f, .07f}, {.34f, .50f, .16f}), cool = blend(r, fresh, {.16f, .36f, .26f}, .6f);
    return cool * r.in(darkest, lightest);
}

inline void draw_leaf(Canvas& canvas, Random& r, Light light, Colour green, Leaf leaf) {
    const Colour rib = mix(green, {.75f, .85f, .5f}, 0.35f);
    draw_petal(canvas, Frame::upright(leaf.x, leaf.y, leaf.length),
               {leaf.turn, 0, 1, leaf.width, r.in(.35f, .5f), .8f, .1f, 0, 0, r.in(-.18f, .18f), 1, 0, .55f, .22f,
                {green, blend(r, green, {.5f, .6f, .2f}, .4f), rib}, light.x, light.y, 1, leaf.soft > 3.0f ? 0.0f : .3f, leaf.soft});
}

inline void draw_stem(Canvas& canvas, Light light, Colour green, Stem stem) {
    draw_petal(canvas, Frame::upright(stem.x, stem.y, stem.length),
               {stem.turn, 0, 1, stem.thickness, .5f, 0, 1, 0, 0, stem.bend, 1, 0, .3f, 0, {green, green, green * 1.3f},
                light.x, light.y, 1, stem.soft > 3.0f ? 0.0f : .3f, stem.soft});
}

struct Pose { float x, y, radius, turn, tilt_turn, squash, soft; };  // squash: 1 seen from the front, smaller from the side

inline void draw_bloom(Canvas& canvas, Random& r, Light light, const Traits& t, Pose pose) {
    const Family& form = t.form;
    const Frame f = Frame::tilted(pose.x, pose.y, pose.radius, pose.tilt_turn, pose.squash);
    const float turn = pose.turn, soft = pose.soft, tilt = 1 - pose.squash;
    const float openness = r.in(0.9f, 1.0f), slender = r.in(0.92f, 1.08f), eye = form.eye * r.in(0.85f, 1.15f), wilt = r.in(0.01f, 0.035f);
    float size = 1.0f;
    for (int whorl = 0; whorl < form.whorls; ++whorl, size *= 1.0f - form.shrink)
        for (int i = 0; i < form.petals; ++i) {
            const float pitch = 1.0f / static_cast<float>(form.petals);
            const float at = turn + pitch * (static_cast<float>(i) + 0.5f * static_cast<float>(whorl)) + pitch * 0.16f * r.normal();
            const float leaning = 1.0f + 0.28f * tilt * cosine(at - pose.tilt_turn);  // petals that lean to us look longer
            const float lip = 1.0f + form.lip * cosine(at - turn);                      // a pansy's lower petal is larger
            const float length = (size * openness * leaning * lip - form.inner) * (1.0f + wilt * 1.6f * r.normal());
            const float width = form.width * slender * lip * (0.35f + 0.65f * size) * (1.0f + wilt * 1.5f * r.normal());
            const Paint paint{mix(t.paint.base, t.paint.eye, 0.07f * static_cast<float>(whorl)), t.paint.tip, t.paint.eye};
            draw_petal(canvas, f,
                       {at, form.inner, length, width, form.widest, form.point, form.neck, form.notch, form.fringe,
                        form.bend + wilt * r.normal(), form.cup, eye * lip, form.stripe, 0.13f, paint, light.x, light.y,
                        1.0f + 0.045f * r.normal(), 0.34f, soft});
        }
    for (int i = 0; i < form.stamens; ++i) {
        const float at = turn + (static_cast<float>(i) + r.in(-.3f, .3f)) / static_cast<float>(form.stamens);
        const bool many = form.stamens > 10;
        const float reach = form.reach * (many ? r.in(.7f, 1.1f) : r.in(.95f, 1.05f)), ball = many ? .024f : .045f;
        const Colour thread = mix(form.anther, lime, 0.4f);
        draw_petal(canvas, f, {at, 0, reach, .012f, .5f, 0, 1, 0, 0, 0, 0, 0, 0, 0, {thread, thread, thread}, 0, 0, 1.2f, 0, soft});
        draw_ball(canvas, f, reach * cosine(at), reach * sine(at), ball, form.anther, 1, .5f);
    }
    if (form.disc <= 0.0f) return;
    draw_ball(canvas, f, 0, 0, form.disc * 1.16f, {0, 0, 0}, 0.4f, .3f);
    draw_ball(canvas, f, 0, 0, form.disc, form.disc_colour * 0.72f, 1, .12f);
    if (!form.seeds) return;
    const float grain = std::max(0.016f, form.disc * 0.115f);                                     // florets on Fibonacci's spiral
    const int florets = static_cast<int>(0.55f * form.disc * form.disc / (grain * grain));
    for (int i = florets; i-- > 0;) {
        const float which = static_cast<float>(i), at = turn + 0.381966f * which;
        const float out = std::sqrt((which + .5f) / static_cast<float>(florets));
        const Colour c = mix(form.disc_colour * 0.8f, mix(form.disc_colour, gold, 0.55f), smooth(out * 1.6f - .6f)) * r.in(.85f, 1.2f);
        draw_ball(canvas, f, form.disc * out * cosine(at), form.disc * out * sine(at), grain, c, .95f, .7f);
    }
}

/// Cloudy light and dark: random values on a cells x cells grid, smoothly in between.
inline void mottle(Canvas& canvas, Random& r, int cells, float amount) {
    std::vector<float> grid(static_cast<std::size_t>((cells + 1) * (cells + 1)));
    for (float& g : grid) g = r.in(-amount, amount);
    const float scale = static_cast<float>(cells) / static_cast<float>(canvas.size);
    for (int y = 0; y < canvas.size; ++y)
        for (int x = 0; x < canvas.size; ++x) {
            const float gx = static_cast<float>(x) * scale, gy = static_cast<float>(y) * scale;
            const int ix = static_cast<int>(gx), iy = static_cast<int>(gy);
            const float fx = smooth(gx - static_cast<float>(ix)), fy = smooth(gy - static_cast<float>(iy));
            const float* g = grid.data() + iy * (cells + 1) + ix;
            const float value = (g[0] * (1 - fx) + g[1] * fx) * (1 - fy) + (g[cells + 1] * (1 - fx) + g[cells + 2] * fx) * fy;
            canvas.row(y)[x] = canvas.row(y)[x] * (1.0f + value);
        }
}

/// What lies behind, painted at a quarter of the size: enlarging it gives the depth of field.
inline void draw_background(Canvas& canvas, Random& r, const Traits& t, Light light) {
    Canvas small(canvas.size / 4);
    const float n = static_cast<float>(small.size);
    const auto gradient = [&](Colour top, Colour bottom) {
        for (int y = 0; y < small.size; ++y) std::fill_n(small.row(y), small.size, mix(top, bottom, static_cast<float>(y) / n));
    };
    const int scene = r.below(6);
    if (scene == 0) {  // a bush
        gradient({.08f, .17f, .06f}, {.05f, .10f, .04f});
        for (int i = 0; i < 26; ++i) {
            const Colour green = some_green(r, .5f, 1);
            draw_leaf(small, r, light, green, {r.in(0, n), r.in(0, n), r.unit(), r.in(.2f, .5f) * n, r.in(.15f, .3f), 2});
        }
    } else if (scene == 1) {  // lights far away
        const Colour top = some_green(r), bottom = some_green(r, .6f, .6f);
        gradient(blend(r, top, cream, .5f), bottom);
        for (int i = 0; i < 16; ++i) {
            const Colour glow = some_green(r, 1.6f, 1.6f), warm = r.chance(.3f) ? t.paint.tip : cream;
            const struct { float x, y, radius, blend, opacity; }
                spot{r.in(0, n), r.in(0, n), r.in(.04f, .14f), r.in(.1f, .6f), r.in(.25f, .6f)};
            draw_ball(small, Frame::upright(spot.x, spot.y, n), 0, 0, spot.radius, mix(glow, warm, spot.blend), spot.opacity, .35f);
        }
    } else if (scene == 2) {  // soil
        const Colour earth = blend(r, {.30f, .21f, .14f}, {.46f, .36f, .26f});
        gradient(earth * .9f, earth * r.in(.7f, 1.1f));
        mottle(small, r, 6, .25f);
        mottle(small, r, 15, .2f);
        for (int i = 0; i < 7; ++i) {
            const Colour green = mix(some_green(r), earth, .4f);
            draw_leaf(small, r, light, green, {r.in(0, n), r.in(0, n), r.unit(), r.in(.15f, .35f) * n, r.in(.1f, .25f), 1});
        }
    } else if (scene == 3) {  // sky
        const Colour zenith = blend(r, {.30f, .50f, .82f}, {.62f, .72f, .84f}), horizon = blend(r, {.66f, .80f, .92f}, {.88f, .88f, .86f});
        gradient(zenith, horizon);
        mottle(small, r, 4, .14f);
        mottle(small, r, 9, .07f);
    } else if (scene == 4) {  // a meadow
        const Colour distant = some_green(r, 1.2f, 1.2f), close = some_green(r, .7f, .7f);
        gradient(distant, close);
        for (int i = 0; i < 60; ++i) {
            const Colour green = some_green(r, .6f, 1.4f);
            draw_stem(small, light, green, {r.in(-.1f, 1.1f) * n, r.in(.3f, 1.2f) * n, r.in(.68f, .82f), r.in(.4f, .9f) * n,
                                            r.in(.012f, .035f), r.in(-.2f, .2f)});
        }
    } else {  // a wall, a table, a dark room
        const Colour grey = blend(r, {.10f, .10f, .12f}, {.70f, .66f, .60f}), any{r.unit(), r.unit(), r.unit()};
        const Colour wall = mix(grey, any, .22f);
        gradient(wall, wall * r.in(.4f, 1.1f));
        mottle(small, r, 3, .2f);
    }
    for (int i = r.below(4); i > 0; --i) {  // blooms out of focus; one in four of another kind
        const Traits other = r.chance(.25f) ? traits(r.below(kinds)) : t;
        draw_bloom(small, r, light, other,
                   {r.in(0, n), r.in(0, n), r.in(.10f, .2f) * n, r.unit(), r.unit(), r.in(.5f, 1), 2.5f});
    }
    for (int y = 0; y < canvas.size; ++y) {
        const float sy = std::min(std::max(static_cast<float>(y) * .25f - .375f, 0.0f), n - 1.001f);
        const int iy = static_cast<int>(sy);
        const Colour *above = small.row(iy), *below = small.row(iy + 1);
        for (int x = 0; x < canvas.size; ++x) {
            const float sx = std::min(std::max(static_cast<float>(x) * .25f - .375f, 0.0f), n - 1.001f);
            const int ix = static_cast<int>(sx);
            const float fx = sx - static_cast<float>(ix);
            canvas.row(y)[x] = mix(mix(above[ix], above[ix + 1], fx), mix(below[ix], below[ix + 1], fx), sy - static_cast<float>(iy));
        }
    }
    if (scene == 2) {  // crumbs
        mottle(canvas, r, 57, .22f);
        mottle(canvas, r, 101, .22f);
    }
}

/// The lens and the film: a little blur, light of some colour, darker corners, contrast, grain, eight bits.
inline Picture expose(Canvas& canvas, Random& r) {
    const int n = canvas.size;
    const float blur = r.chance(.5f) ? r.in(0, .25f) : 0.0f;
    if (blur > 0.0f)
        for (int pass = 0; pass < 2; ++pass) {  // rows, then columns
            const int step = pass == 0 ? 1 : n, line = pass == 0 ? n : 1;
            for (int i = 0; i < n; ++i) {
                Colour* p = canvas.pixels.data() + i * line;
                Colour before = p[0];
                for (int j = 0; j + 1 < n; ++j) {
                    const Colour here = p[j * step];
                    p[j * step] = here * (1 - 2 * blur) + (before + p[(j + 1) * step]) * blur;
                    before = here;
                }
            }
        }
    const float exposure = 1.0f + .14f * r.normal(), warmth = .06f * r.normal(), tint = .03f * r.normal();
    const Colour light = Colour{1 + warmth, 1 + tint, 1 - warmth} * std::max(.55f, exposure);
    const float corners = r.in(0, .45f), contrast = r.in(-.15f, .35f), grain = r.in(0, .06f), half = .5f * static_cast<float>(n);
    Picture picture{n, n, std::vector<std::uint8_t>(canvas.pixels.size() * 3)};
    std::uint8_t* out = picture.rgb.data();
    const auto develop = [&](float v, float noise) {
        v = clamp01(v);
        v = v + contrast * (v * v * (3 - 2 * v) - v) + noise;
        return static_cast<std::uint8_t>(clamp01(v) * 255.0f + 0.5f);
    };
    for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) {
            const float dx = (static_cast<float>(x) - half) / half, dy = (static_cast<float>(y) - half) / half;
            const Colour c = canvas.row(y)[x] * light * (1 - corners * .5f * (dx * dx + dy * dy));
            const std::uint64_t bits = r.next();
            const auto some = [&](int shift) { return static_cast<float>((bits >> shift) & 0xFFFF) * (1.0f / 65536.0f) - .5f; };
            const float grey = some(0) * grain * 1.4f;
            *out++ = develop(c.r, grey + some(16) * grain);
            *out++ = develop(c.g, grey + some(32) * grain);
            *out++ = develop(c.b, grey + some(48) * grain);
        }
    return picture;
}

}  // namespace detail

/// "daisy 0" ... "plumeria 5".
inline std::string name(int kind) {
    return std::string(detail::families[static_cast<std::size_t>(kind / 6)].name) + " " + std::to_string(kind % 6);
}

inline Picture render(int kind, std::uint64_t seed, int size = 256) {
    using namespace detail;
    Random r{seed * 0xD1342543DE82EF95u + static_cast<std::uint64_t>(kind) * 0x2545F4914F6CDD1Du};
    r.state = r.next();
    Traits t = traits(kind);
    for (Colour* c : {&t.paint.base, &t.paint.tip, &t.paint.eye})  // no two plants have quite the same colour
        *c = *c * Colour{1 + .07f * r.normal(), 1 + .07f * r.normal(), 1 + .07f * r.normal()};
    const float n = static_cast<float>(size), from = r.unit();
    const Light light{cosine(from), sine(from)};
    Canvas canvas(size);
    draw_background(canvas, r, t, light);

    const Colour green = some_green(r);
    const float radius = r.in(.24f, .43f) * n, x = n * (.5f + .07f * r.normal()), y = n * (.48f + .07f * r.normal());
    if (r.chance(.75f)) draw_stem(canvas, light, green, {x, y, r.in(.18f, .32f), n * 1.1f, r.in(.010f, .020f), r.in(-.2f, .2f)});
    for (int i = r.below(5); i > 0; --i) {
        const Colour shade = green * r.in(.8f, 1.25f);
        draw_leaf(canvas, r, light, shade, {x + r.in(-.3f, .3f) * n, y + r.in(0, .5f) * n, r.unit(), r.in(.3f, .6f) * n, r.in(.12f, .24f)});
    }
    struct Place { float x, y, radius, soft; };
    const auto bloom = [&](Place at) {
        const float tilt_turn = r.unit(), squash = r.chance(.2f) ? r.in(.45f, .7f) : r.in(.7f, 1);
        const float turn = t.form.lip > 0 ? .25f + .06f * r.normal() : r.unit();
        draw_bloom(canvas, r, light, t, {at.x, at.y, at.radius, turn, tilt_turn, squash, at.soft});
    };
    for (int i = r.below(6) - 3; i > 0; --i) bloom({r.in(0, n), r.in(0, n), radius * r.in(.45f, .75f), 2});
    bloom({x, y, radius, 1.2f});

    for (int i = r.below(5) - 2; i > 0; --i) {  // something between the flower and us
        const Colour shade = some_green(r);
        const float soft = r.in(2, 14);
        if (r.chance(.5f))
            draw_stem(canvas, light, shade, {r.in(0, n), n * 1.1f, r.in(.65f, .85f), n * r.in(.6f, 1.2f),
                                             r.in(.008f, .022f), r.in(-.3f, .3f), soft});
        else
            draw_leaf(canvas, r, light, shade, {r.in(0, n), n * 1.05f, r.in(.65f, .85f), n * r.in(.35f, .75f), r.in(.07f, .16f), soft});
    }
    return expose(canvas, r);
}

}  // namespace flowers
