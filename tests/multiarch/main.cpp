// Prints `ok ARCH` when static initialisers, RTTI, exceptions, thread-locals and streams work in this copy
// of the program and all of its code is this copy's.
#include <atomic>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <typeinfo>

#include "shared.hpp"

namespace {

int mistakes = 0;

void check(bool right, const char* what) {
    if (right) return;
    std::cerr << compiled_for << ": " << what << '\n';
    ++mistakes;
}

thread_local std::string per_thread = "new";
const std::vector<std::string> copied_before_main(40, compiled_for);

}  // namespace

int main(int argc, char** argv) {
    check(argc == 2 && std::string(argv[1]) == "argument", "arguments");
    check(arch_of_inline_function() == compiled_for, "an inline function is another copy's");
    check(arch_seen_elsewhere() == compiled_for, "an inline function of the other file is another copy's");

    check(trace() == std::vector<std::string>{"first", "second", "ordinary"}, "static initialisers: order");
    check(copied_before_main.size() == 40 && copied_before_main.back() == compiled_for, "static initialisers: values");

    check(&make_derived() == &Counter<Derived>::instance(), "one static of a template in two files");
    check(Counter<Derived>::count == 2, "one inline variable in two files");

    Base& object = make_derived();
    check(dynamic_cast<Derived*>(&object) != nullptr && typeid(object) == typeid(Derived), "RTTI");
    check(object.name() == std::string("derived of ") + compiled_for, "virtual call");

    try {
        fail();
    } catch (const Failure& failure) {
        check(failure.arch == compiled_for, "exception of one's own, thrown by the other file");
    }
    bool caught = false;
    try {
        check(std::vector<int>(3).at(3) == 0, "unreachable");
    } catch (const std::exception& error) {
        caught = dynamic_cast<const std::out_of_range*>(&error) != nullptr;
    }
    check(caught, "exception of the library");

    per_thread = "old";
    std::string seen;
    std::thread([&] { seen = per_thread; }).join();
    check(seen == "new" && per_thread == "old", "thread_local");

    std::ostringstream text;
    text << std::hex << 255 << ' ' << 0.5;
    check(text.str() == "ff 0.5", "streams");

    if (mistakes == 0) std::cout << "ok " << compiled_for << std::endl;
    return mistakes;  // falling off the end would be as good
}
