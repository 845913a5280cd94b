// Tables for a terminal.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "format.hpp"

namespace octet::detail {

/// A table with aligned columns: text to the left, numbers to the right.
template <std::size_t Columns>
class TextTable {
public:
    using Row = std::array<std::string, Columns>;

    /// `text_columns`: that many, from the left, hold text.
    explicit TextTable(std::size_t text_columns) : text_columns_(text_columns) {}

    void add(Row row) { rows_.push_back(std::move(row)); }
    /// A rule across the table.
    void rule() { rows_.push_back({"\n"}); }

    std::string str() const {
        std::array<std::size_t, Columns> width{};
        std::size_t total = 2 * (Columns - 1);
        for (std::size_t c = 0; c < Columns; ++c) {
            for (const Row& row : rows_)
                if (row[0] != "\n") width[c] = std::max(width[c], text_width(row[c]));
            total += width[c];
        }
        std::string text;
        for (const Row& row : rows_) {
            std::string line;
            if (row[0] == "\n") {
                for (std::size_t i = 0; i < total; ++i) line += "─";
            } else {
                for (std::size_t c = 0; c < Columns; ++c) {
                    const std::string space(width[c] - text_width(row[c]), ' ');
                    append(line, c == 0 ? "" : "  ", c < text_columns_ ? "" : space, row[c],
                           c < text_columns_ ? space : "");
                }
                line.erase(line.find_last_not_of(' ') + 1);
            }
            append(text, line, "\n");
        }
        return text;
    }

private:
    std::size_t text_columns_;
    std::vector<Row> rows_;
};

}  // namespace octet::detail
