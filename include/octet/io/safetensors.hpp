// The safetensors format: 8 bytes with the length of a header (little-endian), the header (JSON, see
// tensor_table.hpp), then all tensors' bytes end to end.
//
//   | 8 bytes: n | n bytes: {"conv1.weight": {"dtype": "F32", "shape": [...], "data_offsets": [0, 37632]}, ...} | data
//   |
//
// A file is believed only after every number in it was checked against the bytes that are there: nothing
// outside is read, and no more is allocated than the file is long. Files that octet writes carry two CRCs in
// their metadata, so that any flipped bit is noticed:
//
//   crc32         of the data: zlib.crc32(everything after the header)
//   header_crc32  of the header without this entry, in one spelling: in Python,
//                 json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/error.hpp"
#include "atomic_file.hpp"
#include "crc32.hpp"
#include "json_text.hpp"
#include "read_file.hpp"
#include "tensor_file.hpp"
#include "tensor_table.hpp"

namespace octet {

namespace detail {

inline constexpr std::uint64_t max_safetensors_header = 100'000'000;  // as in the safetensors library

/// A tensor's bytes within the data, [begin, end).
struct Extent {
    StoredTensor tensor;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Eight lowercase hex digits.
inline std::string hex8(std::uint32_t value) {
    std::string text(8, '0');
    for (std::size_t i = 8; i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15u];
    return text;
}

/// The header in its one spelling: keys sorted, no spaces.
inline std::string safetensors_header(std::span<const Extent> placements, const Metadata& metadata,
                                      const std::string& file) {
    std::map<std::string_view, std::string> entries;
    if (!metadata.empty()) entries["__metadata__"] = json_metadata(metadata, file);
    for (const Extent& p : placements)
        entries[p.tensor.name] = "{\"data_offsets\":[" + std::to_string(p.begin) + "," + std::to_string(p.end) +
                                 "],\"dtype\":\"" + std::string(dtype_name(p.tensor.dtype)) +
                                 "\",\"shape\":" + json_shape(p.tensor.shape) + "}";
    std::string text = "{";
    for (const auto& [name, entry] : entries) {
        if (text.size() > 1) text += ',';
        text += json_text(name, file) + ":" + entry;
    }
    return text + "}";
}

/// Checks the entry against itself: its offsets must span exactly the bytes that its shape needs.
inline Extent place_tensor(const TableEntry& entry, const std::string& file) {
    const auto fail = [&](const std::string& text) {
        throw Error(file + ": tensor " + in_quotes(entry.name) + ": " + text);
    };
    const auto is_offset = [](double x) { return x >= 0 && x <= 0x1p53 && x == std::floor(x); };
    if (entry.payload.size() != 2 || !is_offset(entry.payload[0]) || !is_offset(entry.payload[1]) ||
        entry.payload[0] > entry.payload[1])
        fail("data_offsets: expected [begin, end], two integers with begin <= end");
    Extent result{{entry.name, entry.dtype, entry.shape, {}},
                  static_cast<std::uint64_t>(entry.payload[0]),
                  static_cast<std::uint64_t>(entry.payload[1])};
    const auto bytes = byte_count(entry.dtype, entry.shape);
    const std::string type = describe(dtype_name(entry.dtype), entry.shape);
    if (!bytes) fail(type + " has more bytes than can be counted");
    if (static_cast<std::uint64_t>(*bytes) != result.end - result.begin)
        fail(type + ": expected " + std::to_string(*bytes) + " bytes, found data_offsets that span " +
             std::to_string(result.end - result.begin));
    return result;
}

/// Checks the entries against one another and the data: end to end, no overlap, no hole, nothing left.
inline void check_layout(std::vector<Extent>& placements, std::uint64_t data_size, const std::string& file) {
    std::ranges::sort(placements, {}, [](const Extent& p) { return std::pair(p.begin, p.end); });
    std::uint64_t needed = 0;
    for (const Extent& p : placements) needed = std::max(needed, p.end);
    if (needed > data_size) {
        const auto cut = std::ranges::find_if(placements, [&](const Extent& p) { return p.end > data_size; });
        throw Error(file + ": is cut short: expected " + std::to_string(needed) + " bytes of data, found " +
                    std::to_string(data_size) + "; tensor " + in_quotes(cut->tensor.name) + " is the first affected");
    }
    std::uint64_t end = 0;
    const Extent* before = nullptr;
    for (const Extent& p : placements) {
        const std::string found =
            "expected data_offsets to begin at " + std::to_string(end) + ", where " +
            (before != nullptr ? "tensor " + in_quotes(before->tensor.name) + " ends" : "the data begin") + ", found " +
            std::to_string(p.begin);
        if (p.begin < end) throw Error(file + ": tensor " + in_quotes(p.tensor.name) + ": overlaps another: " + found);
        if (p.begin > end)
            throw Error(file + ": tensor " + in_quotes(p.tensor.name) + ": leaves a hole before it: " + found);
        end = p.end;
        before = &p;
    }
    if (end != data_size)
        throw Error(file + ": has bytes that belong to no tensor: expected " + std::to_string(end) +
                    " bytes of data, found " + std::to_string(data_size));
}

/// Compares a CRC with the metadata's, and takes it out of there. Files of other origin have none.
template <class Crc>
void check_crc(Metadata& metadata, const std::string& key, Crc crc, const std::string& file) {
    const auto entry = metadata.find(key);
    if (entry == metadata.end()) return;
    const std::uint32_t found = crc();
    if (entry->second != hex8(found))
        throw Error(file + ": is damaged: __metadata__ says " + key + " " + in_quotes(entry->second) + ", the " +
                    (key == "crc32" ? "data have " : "header has ") + in_quotes(hex8(found)) +
                    " (if it was changed on purpose, remove " + key + " from its __metadata__)");
    metadata.erase(entry);
}

}  // namespace detail

/// The tensors in `bytes`, a safetensors file; messages call it `path`. The metadata come without the CRCs, which
/// are checked here.
inline TensorFile parse_safetensors(const std::filesystem::path& path, Bytes bytes) {
    const std::string file = path.string();
    const std::span<const std::byte> all = std::as_const(bytes).span();
    if (all.size() < 8)
        throw Error(file + ": is cut short: expected the 8 bytes of a safetensors file's header length, found " +
                    std::to_string(all.size()));
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, all.data(), 8);
    if (header_size > all.size() - 8)
        throw Error(file + ": is cut short, or no safetensors file: expected a header of " +
                    std::to_string(header_size) + " bytes, found " + std::to_string(all.size() - 8) +
                    " bytes after its length");
    if (header_size > detail::max_safetensors_header)
        throw Error(file + ": expected a header of at most 100000000 bytes, found a length of " +
                    std::to_string(header_size));
    const auto header = all.subspan(8, static_cast<std::size_t>(header_size));
    const auto data = all.subspan(8 + header.size());
    if (header.empty() || header[0] != std::byte{'{'})
        throw Error(file + ": is no safetensors file: expected its header to begin with {");

    std::vector<detail::Extent> placements;
    Metadata metadata = detail::read_tensor_table(
        header, file + ": header", "data_offsets", 2,
        [&](const detail::TableEntry& entry) { placements.push_back(detail::place_tensor(entry, file)); });
    detail::check_layout(placements, data.size(), file);
    const Metadata original = metadata;
    detail::check_crc(
        metadata, "crc32", [&] { return crc32(data); }, file);
    detail::check_crc(
        metadata, "header_crc32",
        [&] {
            Metadata covered = original;
            covered.erase("header_crc32");
            const std::string text = detail::safetensors_header(placements, covered, file);
            return crc32(std::as_bytes(std::span(text)));
        },
        file);

    std::vector<StoredTensor> tensors;
    tensors.reserve(placements.size());
    for (detail::Extent& p : placements) {
        p.tensor.data = data.subspan(static_cast<std::size_t>(p.begin), static_cast<std::size_t>(p.end - p.begin));
        tensors.push_back(std::move(p.tensor));
    }
    std::vector<Bytes> storage;
    storage.push_back(std::move(bytes));
    return {path, std::move(tensors), std::move(metadata), std::move(storage)};
}

/// Reads a safetensors file. Throws Error, which names the file, the tensor, what was expected and what was found.
inline TensorFile read_safetensors(const std::filesystem::path& path) {
    return parse_safetensors(path, map_file(path));
}

/// Writes a safetensors file, atomically. The same tensors, in any order, and metadata give the same bytes.
inline void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                              Metadata metadata = {}) {
    const std::string file = path.string();
    std::vector<detail::Extent> placements;
    for (const StoredTensor& tensor : tensors) placements.push_back({tensor, 0, 0});
    detail::check_writable(tensors, file);
    // The order of the safetensors library, so that a file it writes again keeps its CRC.
    std::ranges::sort(placements, [](const detail::Extent& a, const detail::Extent& b) {
        return std::pair(b.tensor.dtype, std::string_view(a.tensor.name)) <
               std::pair(a.tensor.dtype, std::string_view(b.tensor.name));
    });
    std::uint64_t end = 0;
    std::uint32_t crc = 0;
    for (detail::Extent& p : placements) {
        p.begin = end;
        p.end = end += p.tensor.data.size();
        crc = crc32(p.tensor.data, crc);
    }
    metadata["crc32"] = detail::hex8(crc);
    metadata.erase("header_crc32");
    const std::string covered = detail::safetensors_header(placements, metadata, file);
    metadata["header_crc32"] = detail::hex8(crc32(std::as_bytes(std::span(covered))));
    std::string header = detail::safetensors_header(placements, metadata, file);
    if (header.size() > detail::max_safetensors_header)
        throw Error(file + ": cannot be written: names and metadata make a header of more than 100000000 bytes");
    header.resize((header.size() + 7) / 8 * 8, ' ');  // the data begin at a multiple of 8

    const std::uint64_t header_size = header.size();
    AtomicFile out(path);
    out.write(std::as_bytes(std::span(&header_size, 1)));
    out.write(header);
    for (const detail::Extent& p : placements) out.write(p.tensor.data);
    out.commit();
}

}  // namespace octet
