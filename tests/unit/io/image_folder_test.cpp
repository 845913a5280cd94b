// A folder of folders becomes classes and samples in torchvision's order; every way it can be wrong is named.

#include <octet/io/image_folder.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace fs = std::filesystem;

namespace {

/// A folder of empty files, removed again. Nothing here opens them: an image is known by its name.
struct TemporaryFolder {
    fs::path root = fs::temp_directory_path() / "octet_image_folder_test";
    explicit TemporaryFolder(const std::vector<std::string>& names) {
        fs::remove_all(root);
        fs::create_directories(root);
        for (const auto& name : names) {
            fs::create_directories((root / name).parent_path());
            if (!name.ends_with('/')) std::ofstream(root / name);
        }
    }
    ~TemporaryFolder() { fs::remove_all(root); }
};

std::string message_of(const fs::path& root, bool labelled = true) {
    try {
        labelled ? void(octet::read_image_folder(root)) : void(octet::list_images(root));
    } catch (const octet::Error& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("classes and samples come in torchvision's order", "[io][image_folder]") {
    const TemporaryFolder folder({"tulip/b.jpg", "tulip/B.png", "tulip/10.jpg", "tulip/9.jpg", "daisy/sub/x.jpeg",
                                  "daisy/sub-2/y.JPG", "daisy/z.PNG", "daisy/notes.txt", "daisy/photo.bmp",
                                  "Zinnia/.hidden.jpg", "readme.md", "lonely.jpg", "tulip/odd.jpg/in.png"});
    const auto found = octet::read_image_folder(folder.root);
    CHECK(found.classes == std::vector<std::string>{"Zinnia", "daisy", "tulip"});
    CHECK(found.ignored == 4);

    std::vector<std::string> samples;
    for (const auto& sample : found.samples)
        samples.push_back(std::to_string(sample.label) + " " +
                          sample.path.lexically_relative(folder.root).generic_string());
    CHECK(samples == std::vector<std::string>{"0 Zinnia/.hidden.jpg", "1 daisy/z.PNG", "1 daisy/sub/x.jpeg",
                                              "1 daisy/sub-2/y.JPG", "2 tulip/10.jpg", "2 tulip/9.jpg", "2 tulip/B.png",
                                              "2 tulip/b.jpg", "2 tulip/odd.jpg/in.png"});
}

TEST_CASE("images without labels are listed from a flat folder or a nested one", "[io][image_folder]") {
    const TemporaryFolder folder({"b.jpg", "a.png", "c.txt", "more/0.jpg"});
    std::vector<std::string> names;
    for (const auto& path : octet::list_images(folder.root))
        names.push_back(path.lexically_relative(folder.root).generic_string());
    CHECK(names == std::vector<std::string>{"a.png", "b.jpg", "more/0.jpg"});
}

TEST_CASE("links to folders are followed, but not in circles", "[io][image_folder]") {
    const TemporaryFolder folder({"data/daisy/a.jpg", "elsewhere/b.jpg"});
    fs::create_directory_symlink(folder.root / "elsewhere", folder.root / "data" / "tulip");
    const auto found = octet::read_image_folder(folder.root / "data");
    CHECK(found.classes == std::vector<std::string>{"daisy", "tulip"});
    CHECK(found.samples.size() == 2);

    fs::create_directory_symlink(folder.root / "data", folder.root / "data" / "daisy" / "again");
    const std::string message = message_of(folder.root / "data");
    CAPTURE(message);
    CHECK(message.find("found a link to a folder around it") != std::string::npos);
}

TEST_CASE("a data set that cannot be read says what is wrong with it", "[io][image_folder]") {
    const TemporaryFolder folder(
        {"flat/a.jpg", "flat/b.jpg", "nothing/", "empty/daisy/", "empty/rose/a.jpg", "empty/tulip/b.gif", "file"});
    const std::string root = folder.root.string() + std::string(1, char(fs::path::preferred_separator));
    for (const bool labelled : {true, false}) {
        CHECK(message_of(folder.root / "missing", labelled) ==
              root + "missing: expected a folder of images, found nothing of that name");
        CHECK(message_of(folder.root / "file", labelled) == root + "file: expected a folder of images, found a file");
    }
    CHECK(message_of(folder.root / "nothing") ==
          root + "nothing: expected one folder of images per class, found no folder and 0 images");
    CHECK(message_of(folder.root / "nothing", false) ==
          root + "nothing: expected .jpg, .jpeg or .png files, found none (0 other files)");
    CHECK(message_of(folder.root / "flat") ==
          root +
              "flat: expected one folder of images per class, found no folder and 2 images; "
              "octet::list_images reads a folder of images without classes");
    CHECK(message_of(folder.root / "empty") ==
          root +
              "empty: expected .jpg, .jpeg or .png files in every class folder, found none in"
              "\n  daisy (0 other files)\n  tulip (1 other files)");
}
