// The worker's side of the benchmark: a program says which rows it has, and then runs one when it is told to. One JSON
// object on each line:
//
//     worker   {"peer": "octet", "version": "...", "rows": [{"name": ..., "dtype": ..., "threads": ..., ...}, ...]}
//     driver   {"row": 0, "settle": 2, "run": 10}
//     worker   {"ms": [4.16, 4.15, ...]}                   ten of them; the two to settle are not counted
//
// until the driver closes the pipe. peer.py is the same in Python.
#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace peers {

/// One row of the table: what is run, and what there is to say about it.
struct Row {
    nlohmann::json about;         ///< name, dtype, threads, batch, settings, top1, logits
    std::function<void()> run{};  ///< once
};

/// Milliseconds of `count` calls, each on its own.
inline std::vector<double> time_calls(const std::function<void()>& f, int settle, int count) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> ms;
    for (int i = 0; i < settle; ++i) f();
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        f();
        ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    return ms;
}

/// Announces the rows and runs them until the input ends.
inline void serve(nlohmann::json announcement, const std::vector<Row>& rows) {
    announcement["rows"] = nlohmann::json::array();
    for (const Row& row : rows) announcement["rows"].push_back(row.about);
    std::cout << announcement.dump() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const auto order = nlohmann::json::parse(line);
        const Row& row = rows.at(order.at("row").get<std::size_t>());
        const auto ms = time_calls(row.run, order.value("settle", 0), order.at("run").get<int>());
        std::cout << nlohmann::json{{"ms", ms}}.dump() << std::endl;
    }
}

}  // namespace peers
