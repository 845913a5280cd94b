// `make parity`: everything that golden files of PyTorch's hold, compared on one architecture. Prints a line for each
// policy and operation; exit code 1 if an integer differs.
#include <exception>

#include "parity.hpp"

int main() try {
    parity::Parity all;
    parity::compare_observers(all);
    parity::compare_operations(all);
    parity::compare_squeezenet(all);
    parity::compare_mobilenet(all);
    parity::compare_vgg11(all);
    parity::compare_resnet18(all);
    parity::compare_resnet34(all);
    all.print();
    std::printf("parity: %llu integers compared, %llu differ\n", static_cast<unsigned long long>(all.compared()),
                static_cast<unsigned long long>(all.differ()));
    return all.differ() == 0 && all.compared() > 0 ? 0 : 1;
} catch (const std::exception& e) {
    std::fprintf(stderr, "parity: %s\n", e.what());
    return 1;
}
