// EXPECT: octet: the integers of a QScheme must be more than one
#include <octet/octet.hpp>
octet::MinMaxObserver<octet::with_range(octet::quint8_affine, 0, 0)> bad;
