// torch.ao.quantization.PerChannelMinMaxObserver: one range for each output channel of a weight.
#pragma once

#include <vector>

#include "min_max.hpp"

namespace octet {

/// `ChannelObserver` for each channel. A weight observer: it sees whole weights, [channels][elements].
template <Observer ChannelObserver>
class PerChannelObserver {
public:
    static constexpr QScheme scheme = ChannelObserver::scheme;
    static constexpr bool per_channel = true;

    /// `weight` holds `channels` rows of equal length.
    void observe(std::span<const float> weight, int channels) {
        if (weight.empty()) return;
        if (channels_.empty()) channels_.resize(std::size_t(channels));
        const std::size_t row = weight.size() / channels_.size();
        for (std::size_t c = 0; c < channels_.size(); ++c) channels_[c].observe(weight.subspan(c * row, row));
    }
    void merge(const PerChannelObserver& other) {
        if (channels_.empty()) channels_.resize(other.channels_.size());
        for (std::size_t c = 0; c < other.channels_.size(); ++c) channels_[c].merge(other.channels_[c]);
    }
    /// One QParams per channel.
    std::vector<QParams> channel_qparams() const {
        std::vector<QParams> all;
        for (const auto& channel : channels_) all.push_back(channel.qparams());
        return all;
    }

private:
    std::vector<ChannelObserver> channels_;
};

/// Minimum and maximum of each channel.
template <QScheme Scheme = qint8_symmetric>
using PerChannelMinMaxObserver = PerChannelObserver<MinMaxObserver<Scheme>>;

/// An observer of weights: of whole tensors (observer.hpp), or of channels like the one above.
template <class W>
concept WeightObserver = Observer<W> || requires(W w, const W& c, std::span<const float> weight) {
    requires W::per_channel;
    w.observe(weight, 1);
    { c.channel_qparams() } -> std::same_as<std::vector<QParams>>;
};

/// Observes one weight and gives the QParams of each of its output channels, per channel or all the same.
template <WeightObserver W>
std::vector<QParams> weight_qparams(std::span<const float> weight, int channels) {
    W observer;
    if constexpr (!Observer<W>) {
        observer.observe(weight, channels);
        return observer.channel_qparams();
    } else {
        observer.observe(weight);
        return std::vector<QParams>(std::size_t(channels), observer.qparams());
    }
}

}  // namespace octet
