// EXPECT: octet: the integers of a QScheme must contain 0
#include <octet/octet.hpp>
octet::HistogramObserver<octet::with_range(octet::quint8_affine, 1, 255)> bad;
