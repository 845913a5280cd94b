// A data set as a folder of folders, as torchvision's ImageFolder reads it: one folder a class, classes numbered by
// name.
//
//     flowers/daisy/001.jpg            octet::ImageFolder test = octet::read_image_folder("flowers");
//     flowers/daisy/more/002.png       // test.classes    {"daisy", "tulip"}
//     flowers/tulip/001.jpg            // test.samples[2] {"flowers/tulip/001.jpg", 1}
//
// Classes are sorted by name. Within a class, images are sorted by their folder, then by their name (as bytes, so
// "B" < "a" and "10" < "9"): the same order as torchvision's, on every file system. Links to folders are followed.
//
// Images are .jpg, .jpeg and .png, in upper or lower case; torchvision also takes .bmp, .webp and others. What is not
// an image is counted, so that a report can say so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>  // host
#include <string>      // host
#include <string_view>
#include <system_error>  // host
#include <utility>
#include <vector>  // host

#include "../core/error.hpp"

namespace octet {

/// Images and their labels, found but not read.
struct ImageFolder {
    struct Sample {
        std::filesystem::path path;
        int label = 0;  ///< an index into `classes`
    };
    std::vector<std::string> classes;
    std::vector<Sample> samples;
    std::size_t ignored = 0;  ///< files that are not images, or lie outside every class folder
};

namespace detail {

/// Whether a file is an image, by its name alone.
inline bool has_image_extension(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png");
}

struct FolderEntries {
    std::vector<std::string> folders, files;  // names, sorted
};

inline FolderEntries list_folder(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::error_code error;
    const auto status = fs::status(folder, error);
    const std::string expected = folder.string() + ": expected a folder of images, found ";
    if (status.type() == fs::file_type::not_found) throw Error(expected + "nothing of that name");
    if (fs::exists(status) && !fs::is_directory(status)) throw Error(expected + "a file");

    FolderEntries entries;
    for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        std::error_code dangling;  // a link to nowhere counts as a file
        (it->is_directory(dangling) ? entries.folders : entries.files).push_back(it->path().filename().string());
    }
    if (error) throw Error(expected + "one that cannot be read (" + error.message() + ")");
    std::sort(entries.folders.begin(), entries.folders.end());
    std::sort(entries.files.begin(), entries.files.end());
    return entries;
}

/// All files below a folder that look like images; `ignored` counts the others.
class ImageWalk {
public:
    explicit ImageWalk(const std::filesystem::path& root) {
        visit(root);
        std::sort(found_.begin(), found_.end());
    }

    std::vector<std::filesystem::path> paths() const {
        std::vector<std::filesystem::path> result;
        for (const auto& [folder, name] : found_) result.push_back(std::filesystem::path(folder) / name);
        return result;
    }
    std::size_t ignored() const { return ignored_; }

private:
    void visit(const std::filesystem::path& folder) {
        std::error_code unreadable;  // list_folder reports it
        const auto identity = std::filesystem::weakly_canonical(folder, unreadable);
        if (std::find(open_.begin(), open_.end(), identity) != open_.end())
            throw Error(folder.string() + ": expected a folder of images, found a link to a folder around it (" +
                        identity.string() + ")");
        open_.push_back(identity);
        const FolderEntries entries = list_folder(folder);
        for (const auto& name : entries.files) {
            if (has_image_extension(name))
                found_.emplace_back(folder.string(), name);
            else
                ++ignored_;
        }
        for (const auto& name : entries.folders) visit(folder / name);
        open_.pop_back();
    }

    std::vector<std::pair<std::string, std::string>>
        found_;  // folder and name: torchvision sorts by the one, then by the other
    std::vector<std::filesystem::path> open_;
    std::size_t ignored_ = 0;
};

}  // namespace detail

/// Finds the classes and images of a data set. A class without images is an error, as in torchvision.
inline ImageFolder read_image_folder(const std::filesystem::path& root) {
    auto [classes, files] = detail::list_folder(root);
    ImageFolder result;
    result.classes = std::move(classes);
    result.ignored = files.size();
    if (result.classes.empty()) {
        const auto images = std::count_if(files.begin(), files.end(), detail::has_image_extension);
        throw Error(root.string() + ": expected one folder of images per class, found no folder and " +
                    std::to_string(images) + " images" +
                    (images > 0 ? "; octet::list_images reads a folder of images without classes" : ""));
    }

    std::string empty;
    for (std::size_t label = 0; label < result.classes.size(); ++label) {
        const detail::ImageWalk walk(root / result.classes[label]);
        const auto paths = walk.paths();
        if (paths.empty())
            empty += "\n  " + result.classes[label] + " (" + std::to_string(walk.ignored()) + " other files)";
        for (const auto& path : paths) result.samples.push_back({path, static_cast<int>(label)});
        result.ignored += walk.ignored();
    }
    if (!empty.empty())
        throw Error(root.string() + ": expected .jpg, .jpeg or .png files in every class folder, found none in" +
                    empty);
    return result;
}

/// All images in a folder and the folders below it, sorted by folder, then by name: calibration needs no labels.
inline std::vector<std::filesystem::path> list_images(const std::filesystem::path& root) {
    const detail::ImageWalk walk(root);
    auto paths = walk.paths();
    if (paths.empty())
        throw Error(root.string() + ": expected .jpg, .jpeg or .png files, found none (" +
                    std::to_string(walk.ignored()) + " other files)");
    return paths;
}

}  // namespace octet
