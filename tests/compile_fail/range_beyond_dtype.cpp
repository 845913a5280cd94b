// EXPECT: octet: the integers of a QScheme must be of its dtype: 0 to 255 for quint8, -128 to 127 for qint8
#include <octet/octet.hpp>
octet::PerChannelMinMaxObserver<octet::with_range(octet::qint8_symmetric, -255, 255)> bad;
