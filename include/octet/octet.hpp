// octet: post-training static int8 quantization of CNNs, the network known to the compiler.
#pragma once

#include "core/error.hpp"                                  // octet::Error
#include "core/tensor.hpp"                                 // tensors are xtensor's
#include "graph/builder.hpp"                               // how a network is written
#include "graph/forms.hpp"                                 // what the compiler makes of it
#include "graph/verify.hpp"                                // how its mistakes are told
#include "io/model_file.hpp"                               // load and save
#include "io/packed_file.hpp"                              // the same for one build, in no time
#include "kernels/arch.hpp"                                // which instructions
#include "model/calibrated_model.hpp"                      // 3. calibrate
#include "model/convert.hpp"                               // 4. convert
#include "model/executor.hpp"                              // one thread
#include "model/float_model.hpp"                           // 1. load a trained network
#include "model/prepared_model.hpp"                        // 2. prepare
#include "model/quantized_model.hpp"                       //    the int8 program
#include "model/thread_pool.hpp"                           // all of them
#include "numerics/onednn2.hpp"                            // PyTorch 1.13's arithmetic
#include "observe/fixed_qparams.hpp"                       // observers beyond those of the qconfigs
#include "observe/histogram_1_13.hpp"                      //   PyTorch 1.13's
#include "observe/moving_average_per_channel_min_max.hpp"  //   of weights
#include "observe/qconfig.hpp"                             // which observers, which arithmetic
#include "observe/qconfig_mapping.hpp"                     // and for which layers
