// EXPECT: octet: quint8, symmetric, cannot be reduced; PyTorch's observer raises NotImplementedError for it
#include <octet/octet.hpp>
octet::MovingAverageMinMaxObserver<octet::reduced(octet::quint8_symmetric)> bad;
