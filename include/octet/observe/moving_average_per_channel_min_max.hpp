// torch.ao.quantization.MovingAveragePerChannelMinMaxObserver: one drifting range for each output channel of a weight.
#pragma once

#include "moving_average_min_max.hpp"
#include "per_channel_min_max.hpp"

namespace octet {

/// Exponential moving average of each channel's minimum and maximum. A weight that is seen once, as convert does, has
/// the range that PerChannelMinMaxObserver finds.
template <QScheme Scheme = qint8_symmetric, FloatArgument AveragingConstant = 0.01>
using MovingAveragePerChannelMinMaxObserver =
    PerChannelObserver<MovingAverageMinMaxObserver<Scheme, AveragingConstant>>;

}  // namespace octet
