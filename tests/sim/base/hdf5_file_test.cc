#include "sim/base/hdf5_file.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/golden/hdf5_writer.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Hdf5FileTest : public testing::Test {
 protected:
  // `path_` with these contents.
  Hdf5File Written(const std::function<void(Hdf5Writer&)>& write) {
    Hdf5Writer writer(path_);
    write(writer);
    writer = Hdf5Writer(folder_ / "next.hdf5");  // closes the first
    return Hdf5File(path_);
  }

  TestFolder folder_;
  fs::path path_ = folder_ / "file.hdf5";
};

TEST_F(Hdf5FileTest, ReadsNumbersOfAnyType) {
  const Hdf5File file = Written([](Hdf5Writer& writer) {
    writer.F64("a/f64", {2, 2}, {1, 2, 3, 0.1});
    writer.F32("a/f32", {3}, {0.5, -1, 2});
    writer.I32("a/i32", {2}, {-7, 9});
    writer.U8("a/u8", {2}, {0, 255});
    writer.Bool("a/bool", {0, 1, 1});
  });
  const NdArray matrix = file.Read("a/f64", DType::kF64);
  EXPECT_THAT(matrix.shape, ElementsAre(2, 2));
  EXPECT_THAT(matrix.values<double>(), ElementsAre(1, 2, 3, 0.1));
  EXPECT_THAT(file.Read("a/f32", DType::kF64).values<double>(), ElementsAre(0.5, -1, 2));
  EXPECT_THAT(file.Read("a/f64", DType::kF32).values<float>(), ElementsAre(1, 2, 3, 0.1F));
  EXPECT_THAT(file.Read("a/i32", DType::kF64).values<double>(), ElementsAre(-7, 9));
  EXPECT_THAT(file.Read("a/i32", DType::kI64).values<int64_t>(), ElementsAre(-7, 9));
  EXPECT_THAT(file.Read("a/u8", DType::kU8).values<uint8_t>(), ElementsAre(0, 255));
  EXPECT_THAT(file.Read("a/bool", DType::kU8).values<uint8_t>(), ElementsAre(0, 1, 1));
}

TEST_F(Hdf5FileTest, ReadsCompressedChunks) {
  std::vector<double> values(700);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.1 * static_cast<double>(i);
  const Hdf5File file = Written([&](Hdf5Writer& writer) {
    writer.Compressed("actions", {100, 7}, values);
  });
  EXPECT_THAT(file.Shape("actions"), ElementsAre(100, 7));
  EXPECT_THAT(file.Read("actions", DType::kF64).values<double>(),
              testing::ElementsAreArray(values));
}

TEST_F(Hdf5FileTest, ReadsScalarsAndEmptyArrays) {
  const Hdf5File file = Written([](Hdf5Writer& writer) {
    writer.F64("scalar", {}, {4});
    writer.F64("empty", {0, 7}, {});
  });
  EXPECT_THAT(file.Shape("scalar"), ElementsAre());
  EXPECT_THAT(file.Read("scalar", DType::kF64).values<double>(), ElementsAre(4));
  EXPECT_THAT(file.Shape("empty"), ElementsAre(0, 7));
  EXPECT_TRUE(file.Read("empty", DType::kF64).data.empty());
}

TEST_F(Hdf5FileTest, ListsGroups) {
  const Hdf5File file = Written([](Hdf5Writer& writer) {
    writer.Group("data/demo_10");
    writer.Group("data/demo_2");
    writer.U8("data/x", {1}, {1});
  });
  EXPECT_THAT(file.Names("/"), ElementsAre("data"));
  EXPECT_THAT(file.Names("data"), ElementsAre("demo_10", "demo_2", "x"));
  EXPECT_TRUE(file.Has("data/demo_2"));
  EXPECT_FALSE(file.Has("data/demo_3"));
  EXPECT_FALSE(file.Has("none/at/all"));
}

TEST_F(Hdf5FileTest, ReadsAttributes) {
  const Hdf5File file = Written([](Hdf5Writer& writer) {
    writer.Group("data");
    writer.Attribute("data", "seed", 7);
    writer.Attribute("data", "init_state", std::vector<double>{0.25, -1});
    writer.Attribute("data", "text", std::string("grün"));
    writer.FixedAttribute("data", "fixed", "abc");
    writer.FixedAttribute("data", "blanks", "a c", true);
  });
  EXPECT_THAT(file.ReadAttribute("data", "seed", DType::kI64).values<int64_t>(), ElementsAre(7));
  EXPECT_THAT(file.ReadAttribute("data", "init_state", DType::kF64).values<double>(),
              ElementsAre(0.25, -1));
  EXPECT_EQ(file.ReadText("data", "text"), "grün");
  EXPECT_EQ(file.ReadText("data", "fixed"), "abc");
  EXPECT_EQ(file.ReadText("data", "blanks"), "a c");
  EXPECT_TRUE(file.HasAttribute("data", "seed"));
  EXPECT_FALSE(file.HasAttribute("data", "sed"));
}

// Attributes of more than 64 KB do not fit an object's header.
TEST_F(Hdf5FileTest, ReadsAttributesInDenseStorage) {
  const std::string text(200'000, 'x');
  const Hdf5File file = Written([&](Hdf5Writer& writer) {
    writer.Group("data");
    writer.FixedAttribute("data", "fixed", text);
    writer.Attribute("data", "variable", text);
  });
  EXPECT_EQ(file.ReadText("data", "fixed"), text);
  EXPECT_EQ(file.ReadText("data", "variable"), text);
}

TEST_F(Hdf5FileTest, NamesFilePathAndReason) {
  const Hdf5File file = Written([](Hdf5Writer& writer) {
    writer.F64("data/x", {1}, {1});
    writer.Attribute("data", "text", std::string("t"));
    writer.EmptyAttribute("data", "empty");
  });
  const std::string name = path_.string();
  EXPECT_THAT(
      [&] { (void)file.Read("data/y", DType::kF64); },
      ThrowsMessage<Error>(name + ": /data/y: expected a dataset: object 'y' doesn't exist"));
  EXPECT_THAT([&] { (void)file.Read("data", DType::kF64); },
              ThrowsMessage<Error>(name + ": /data: expected a dataset: not a dataset"));
  EXPECT_THAT([&] { (void)file.Names("data/x"); },
              ThrowsMessage<Error>(HasSubstr(": /data/x: expected a group: ")));
  EXPECT_THAT([&] { (void)file.Read("data/x", DType::kI32); },
              ThrowsMessage<Error>(name + ": /data/x: expected integers, got f64"));
  EXPECT_THAT([&] { (void)file.ReadAttribute("data", "text", DType::kF64); },
              ThrowsMessage<Error>(name + ": /data: attribute text: expected numbers, got text"));
  EXPECT_THAT([&] { (void)file.ReadAttribute("data", "empty", DType::kF64); },
              ThrowsMessage<Error>(name + ": /data: attribute empty: expected values, got none"));
  EXPECT_THAT([&] { (void)file.ReadText("data", "empty"); },
              ThrowsMessage<Error>(HasSubstr("attribute empty: expected text, got f64")));
  EXPECT_THAT([&] { (void)file.ReadText("data", "missing"); },
              ThrowsMessage<Error>(HasSubstr("attribute missing: expected an attribute: ")));
}

TEST_F(Hdf5FileTest, PrintsNothingItself) {
  testing::internal::CaptureStderr();
  const Hdf5File file = Written([](Hdf5Writer& writer) { writer.Group("data"); });
  EXPECT_THROW((void)file.Read("data/y", DType::kF64), Error);
  EXPECT_THROW(Hdf5File("/none"), Error);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Hdf5FileTest, SaysWhyAFileCannotBeOpened) {
  EXPECT_THAT([&] { Hdf5File("/none.hdf5"); }, ThrowsMessage<Error>("/none.hdf5: no such file"));
  EXPECT_THAT([&] { Hdf5File(folder_.path()); },
              ThrowsMessage<Error>(HasSubstr("expected an HDF5 file, got a folder")));
  std::ofstream(path_) << "PK\3\4 certainly not";
  EXPECT_THAT([&] { Hdf5File{path_}; },
              ThrowsMessage<Error>(path_.string() + ": not an HDF5 file"));
  std::ofstream(path_, std::ios::trunc).flush();
  EXPECT_THAT([&] { Hdf5File{path_}; },
              ThrowsMessage<Error>(path_.string() + ": not an HDF5 file"));
}

TEST_F(Hdf5FileTest, NoticesThatAFileIsTruncated) {
  Written([](Hdf5Writer& writer) { writer.F64("x", {1000}, std::vector<double>(1000, 1.5)); });
  fs::resize_file(path_, fs::file_size(path_) / 2);
  EXPECT_THAT([&] { Hdf5File{path_}; },
              ThrowsMessage<Error>(AllOf(HasSubstr("cannot open: truncated file"),
                                         HasSubstr("copy or download the file again"))));
}

TEST_F(Hdf5FileTest, NoticesDamagedChunks) {
  Written([](Hdf5Writer& writer) {
    writer.Compressed("x", {1, 1000}, std::vector<double>(1000, 1.5));
  });
  std::ifstream in(path_, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const size_t chunk = bytes.find("\x78\xda");  // how zlib's streams of level 9 start
  ASSERT_NE(chunk, std::string::npos);
  bytes[chunk] = 0;
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  const Hdf5File file(path_);
  EXPECT_THAT([&] { (void)file.Read("x", DType::kF64); },
              ThrowsMessage<Error>(AllOf(HasSubstr(": /x: cannot read: "),
                                         HasSubstr("the file is probably damaged"))));
}

}  // namespace
}  // namespace libero
