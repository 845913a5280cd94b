// Float against int8: accuracy and agreement over the test pictures, and latency. Networks are functions here, so that
// all of this is compiled once and not for each pair of networks.
#pragma once

#include <functional>
#include <octet/model/thread_pool.hpp>
#include <octet/report/report.hpp>
#include <vector>

#include "images.hpp"

namespace quantizer {

/// A network: an image (contiguous HWC floats) in, its outputs written to the second. Any number of calls at once, each
/// with a pool of its own or with the same pool of one thread.
using Network = std::function<void(const float*, float*, octet::ThreadPool&)>;

/// All pictures as tensors.
std::vector<Tensor3> read_all(const Pictures& pictures, const Preparation& prepare, octet::ThreadPool& pool);

/// Runs both networks over the test pictures, many at a time, and fills in accuracy, agreement and a few
/// pictures with what both networks took them for.
void compare_accuracy(const Network& float32, const Network& int8, const Pictures& test, const Preparation& prepare,
                      octet::ThreadPool& pool, octet::Report& report);

/// Latency of one image, both networks in turn: on one thread, and on all of `pool`.
void compare_latency(const Network& float32, const Network& int8, std::size_t outputs, const Tensor3& image, int runs,
                     octet::ThreadPool& pool, octet::Report& report);

}  // namespace quantizer
