#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {

// A new, empty folder below testing::TempDir(), removed with all that is in it when the object is
// gone. No other test has it, nor another process that runs the same test: tests run side by side.
// A fixture declares it before the members that have files in it, so that it outlives them.
class TestFolder {
 public:
  TestFolder() {
    std::string path = std::filesystem::path(testing::TempDir()) / "libero_test_XXXXXX";
    LIBERO_CHECK(mkdtemp(path.data()) != nullptr);  // fills in the Xs
    path_ = path;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // The path of a file in it, which need not be there.
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& file) const {
    return path_ / file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace libero
