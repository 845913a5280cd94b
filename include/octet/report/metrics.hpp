// How alike float and int8 are:
//
//     top-1       share of the images whose largest logit is the label's,
//     agreement   share of the images both networks take for the same,
//     SQNR        10 log10( sum r^2 / sum (r - v)^2 )  in dB, r the float value, v what int8 made of it.
//
// Agreement says more than the difference of two top-1: errors that cancel do not hide in it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "../core/error.hpp"

namespace octet {

/// Index of the largest value; of equal ones the first. NaN is never the largest.
inline std::size_t argmax(std::span<const float> values) {
    if (values.empty()) throw Error("argmax: there are no values");
    std::size_t best = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
        if (values[i] > values[best] || std::isnan(values[best])) best = i;
    return best;
}

/// Share of the predictions that equal their label; NaN where there are none.
inline double top1(std::span<const int> predictions, std::span<const int> labels) {
    if (predictions.size() != labels.size())
        throw Error("top1: " + std::to_string(predictions.size()) + " predictions, but " +
                    std::to_string(labels.size()) + " labels");
    std::size_t hits = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) hits += predictions[i] == labels[i];
    return labels.empty() ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(hits) / static_cast<double>(labels.size());
}

/// Signal to quantization noise, over as many values as one likes.
class Sqnr {
public:
    void add(float reference, float value) {
        const double r = reference;
        const double lost = r - static_cast<double>(value);
        signal_ += r * r;
        noise_ += lost * lost;
    }
    /// Pairwise; both must have the same size.
    void add(std::span<const float> reference, std::span<const float> value) {
        if (reference.size() != value.size())
            throw Error("Sqnr: " + std::to_string(reference.size()) + " reference values, but " +
                        std::to_string(value.size()) + " values");
        for (std::size_t i = 0; i < value.size(); ++i) add(reference[i], value[i]);
    }
    /// As if all that `other` saw had been added here.
    void merge(const Sqnr& other) {
        signal_ += other.signal_;
        noise_ += other.noise_;
    }
    /// Decibels: +6 is half the error. +inf where nothing was lost, NaN where there was no signal.
    double db() const {
        if (!(signal_ > 0)) return std::numeric_limits<double>::quiet_NaN();
        if (noise_ == 0) return std::numeric_limits<double>::infinity();
        return 10 * std::log10(signal_ / noise_);
    }

private:
    double signal_ = 0;
    double noise_ = 0;
};

/// Float against int8, image by image.
class Comparison {
public:
    /// The label of an image nobody labelled: it counts for agreement and SQNR, not for top-1.
    static constexpr int unlabelled = -1;

    /// Adds the logits both networks gave for one image.
    void add(std::span<const float> float_logits, std::span<const float> int8_logits, int label = unlabelled) {
        sqnr_.add(float_logits, int8_logits);
        const std::size_t float_choice = argmax(float_logits);
        const std::size_t int8_choice = argmax(int8_logits);
        ++images_;
        agreed_ += float_choice == int8_choice;
        if (label < 0) return;
        ++labelled_;
        float_hits_ += float_choice == static_cast<std::size_t>(label);
        int8_hits_ += int8_choice == static_cast<std::size_t>(label);
    }
    /// As if all that `other` saw had been added here.
    void merge(const Comparison& other) {
        sqnr_.merge(other.sqnr_);
        images_ += other.images_;
        labelled_ += other.labelled_;
        agreed_ += other.agreed_;
        float_hits_ += other.float_hits_;
        int8_hits_ += other.int8_hits_;
    }

    std::uint64_t images() const { return images_; }
    double float_top1() const { return share(float_hits_, labelled_); }
    double int8_top1() const { return share(int8_hits_, labelled_); }
    double agreement() const { return share(agreed_, images_); }
    double logit_sqnr_db() const { return sqnr_.db(); }

private:
    static double share(std::uint64_t part, std::uint64_t whole) {
        return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                          : static_cast<double>(part) / static_cast<double>(whole);
    }

    Sqnr sqnr_;
    std::uint64_t images_ = 0;
    std::uint64_t labelled_ = 0;
    std::uint64_t agreed_ = 0;
    std::uint64_t float_hits_ = 0;
    std::uint64_t int8_hits_ = 0;
};

}  // namespace octet
