// SPDX-License-Identifier: Apache-2.0
//
// render_flowers: flowers.hpp as a program.
//
//     render_flowers --out test.npy --per-kind 10 --first-seed 0           one array (kinds * 10, 256, 256, 3) of uint8
//     render_flowers --png folder   --per-kind 10 --first-seed 0           folder/000/0.png ... folder/101/9.png
//
// Picture kind * per_kind + i of the array is render(kind, first_seed + i). The number of threads changes nothing but
// the time.

#include "flowers.hpp"

#include <CLI/CLI.hpp>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

/// The header of a .npy file (format 1.0), padded with spaces so that the data start at a multiple of 64.
std::string npy_header(std::uint64_t count, int size) {
    const std::string side = std::to_string(size);
    const std::string shape = "(" + std::to_string(count) + ", " + side + ", " + side + ", 3)";
    std::string text = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
    while ((10 + text.size() + 1) % 64 != 0) text += ' ';
    text += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(text.size() & 0xFF);
    header += static_cast<char>(text.size() >> 8);
    return header + text;
}

std::filesystem::path png_path(const std::string& folder, int kind, std::uint64_t seed) {
    const std::string digits = std::to_string(kind);
    return std::filesystem::path(folder) / (std::string(3 - digits.size(), '0') + digits) /
           (std::to_string(seed) + ".png");
}

}  // namespace

int main(int argc, char** argv) try {
    std::string out, png;
    int per_kind = 10, size = 256, kinds = flowers::kinds;
    unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    std::uint64_t first_seed = flowers::test_seed;

    CLI::App app{"Renders pictures of 102 kinds of flower, as one .npy array or as folders of PNG files."};
    auto* out_option = app.add_option("--out", out, "the .npy file to write");
    app.add_option("--png", png, "the folder to write FOLDER/<kind>/<seed>.png to")->excludes(out_option);
    app.add_option("--per-kind", per_kind, "pictures of each kind")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--first-seed", first_seed, "seed of the first: 0 for tests, 500000 to calibrate, 1000000 to train")
        ->capture_default_str();
    app.add_option("--size", size, "side of a picture in pixels")->check(CLI::Range(16, 4096))->capture_default_str();
    app.add_option("--kinds", kinds, "render only the first so many kinds")
        ->check(CLI::Range(1, flowers::kinds))
        ->capture_default_str();
    app.add_option("--threads", threads, "threads to use")->check(CLI::Range(1, 1024))->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (out.empty() && png.empty()) throw std::runtime_error("say where to write: --out FILE.npy or --png FOLDER");

    const std::uint64_t n = static_cast<std::uint64_t>(per_kind), count = static_cast<std::uint64_t>(kinds) * n;
    const std::uint64_t bytes = static_cast<std::uint64_t>(size) * static_cast<std::uint64_t>(size) * 3;
    const std::string header = npy_header(count, size);
    if (!out.empty()) {  // the file gets its full length first; each thread then writes where its pictures belong
        std::ofstream(out, std::ios::binary) << header;
        std::filesystem::resize_file(out, header.size() + count * bytes);
    } else {
        for (int kind = 0; kind < kinds; ++kind)
            std::filesystem::create_directories(png_path(png, kind, 0).parent_path());
    }

    std::atomic<std::uint64_t> next{0};
    std::mutex mutex;
    std::string failure;
    const auto work = [&] {
        try {
            std::fstream file;
            if (!out.empty()) file.open(out, std::ios::binary | std::ios::in | std::ios::out);
            for (std::uint64_t i; (i = next++) < count;) {
                const int kind = static_cast<int>(i / n);
                const std::uint64_t seed = first_seed + i % n;
                const flowers::Picture picture = flowers::render(kind, seed, size);
                if (!out.empty()) {
                    file.seekp(static_cast<std::streamoff>(header.size() + i * bytes));
                    file.write(reinterpret_cast<const char*>(picture.rgb.data()), static_cast<std::streamsize>(bytes));
                    if (!file) throw std::runtime_error("cannot write to " + out);
                } else if (const std::string path = png_path(png, kind, seed).string();
                           !stbi_write_png(path.c_str(), size, size, 3, picture.rgb.data(), size * 3)) {
                    throw std::runtime_error("cannot write " + path);
                }
            }
        } catch (const std::exception& error) {
            const std::lock_guard lock(mutex);
            failure = error.what();
            next = count;
        }
    };
    std::vector<std::jthread> team;
    for (unsigned i = 0; i < threads; ++i) team.emplace_back(work);
    team.clear();  // joins
    if (!failure.empty()) throw std::runtime_error(failure);
    std::cout << count << " pictures, " << size << " x " << size << ", written to " << (out.empty() ? png : out)
              << '\n';
} catch (const std::exception& error) {
    std::cerr << "render_flowers: " << error.what() << '\n';
    return 1;
}
