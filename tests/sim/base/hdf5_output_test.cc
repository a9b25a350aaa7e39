#include "sim/base/hdf5_output.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/hdf5_file.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class Hdf5OutputTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  static std::string Bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TestFolder folder_;
  fs::path path_ = folder_ / "new.hdf5";
};

void WriteEverything(const fs::path& path) {
  Hdf5Output file(path);
  file.AddGroup("data");
  file.Add("data/a/doubles", {2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6.5},
           {.chunk_rows = 2, .gzip_level = 4});
  file.Add("data/a/bytes", {3}, std::vector<uint8_t>{7, 0, 255});
  const std::vector<uint8_t> row = {1, 2, 3, 4, 5, 6};
  const std::vector<DeflatedChunk> rows = {Deflate(row, 1), Deflate(row, 1)};
  file.AddDeflated("data/a/rows", {2, 3}, rows, 1);
  file.SetAttribute("data", "count", int64_t{-7});
  file.SetAttribute("data", "text", std::string("zwölf"));
  file.SetAttribute("data/a", "vector", std::vector<double>{0.1, 2});
  file.Finish();
}

TEST_F(Hdf5OutputTest, WhatIsWrittenIsRead) {
  WriteEverything(path_);
  const Hdf5File file(path_);
  const NdArray doubles = file.Read("data/a/doubles", DType::kF64);
  EXPECT_THAT(doubles.shape, ElementsAre(2, 3));
  EXPECT_THAT(doubles.values<double>(), ElementsAre(1, 2, 3, 4, 5, 6.5));
  EXPECT_THAT(file.Read("data/a/bytes", DType::kU8).values<uint8_t>(), ElementsAre(7, 0, 255));
  const NdArray rows = file.Read("data/a/rows", DType::kU8);
  EXPECT_THAT(rows.shape, ElementsAre(2, 2, 3));
  EXPECT_THAT(rows.values<uint8_t>(), ElementsAre(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(file.ReadAttribute("data", "count", DType::kI64).values<int64_t>(), ElementsAre(-7));
  EXPECT_EQ(file.ReadText("data", "text"), "zwölf");
  EXPECT_THAT(file.ReadAttribute("data/a", "vector", DType::kF64).values<double>(),
              ElementsAre(0.1, 2));
}

TEST_F(Hdf5OutputTest, AppearsWhole) {
  {
    Hdf5Output file(path_);
    file.Add("x", {1}, std::vector<double>{1});
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_EQ(Files().size(), 1U) << "the temporary file";
  }
  EXPECT_THAT(Files(), IsEmpty()) << "not finished";
  WriteEverything(path_);
  EXPECT_THAT(Files(), ElementsAre("new.hdf5"));
}

TEST_F(Hdf5OutputTest, EqualCallsMakeEqualBytes) {
  WriteEverything(path_);
  WriteEverything(folder_ / "again.hdf5");
  EXPECT_EQ(Bytes(path_), Bytes(folder_ / "again.hdf5"));
}

TEST_F(Hdf5OutputTest, CopiesGroups) {
  WriteEverything(path_);
  const fs::path copy = folder_ / "copy.hdf5";
  Hdf5Output file(copy);
  file.CopyGroup(path_, "data/a", "data/b");
  EXPECT_THAT([&] { file.CopyGroup(path_, "data/c", "data/c"); },
              ThrowsMessage<Error>(HasSubstr("new.hdf5: /data/c: cannot read")));
  file.Finish();
  const Hdf5File read(copy);
  EXPECT_EQ(read.Read("data/b/rows", DType::kU8).num_elements(), 12U);
  EXPECT_TRUE(read.HasAttribute("data/b", "vector"));
}

TEST_F(Hdf5OutputTest, RefusesAPlaceThatCannotBeWritten) {
  EXPECT_THAT([&] { Hdf5Output file(folder_ / "none" / "x.hdf5"); },
              ThrowsMessage<Error>(HasSubstr("none/x.hdf5: ")));
}

// A limit on the size of files stands for a disk that is full.
TEST_F(Hdf5OutputTest, AFullDiskLeavesNoFile) {
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {100'000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::string message = "no error";
  try {
    Hdf5Output file(path_);
    file.Add("x", {100'000}, std::vector<double>(100'000, 0.5));
    file.Finish();
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("cannot write " + path_.string()));
  EXPECT_THAT(message, HasSubstr("has space"));
  EXPECT_THAT(Files(), IsEmpty());
}

}  // namespace
}  // namespace libero
