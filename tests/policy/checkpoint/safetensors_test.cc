#include "policy/checkpoint/safetensors.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "tests/sim/base/archive_builders.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file with this header and so many bytes of data.
std::string File(const std::string& header, size_t num_bytes) {
  return Little(header.size(), 8) + header + std::string(num_bytes, '\x01');
}

constexpr const char* kGood = R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                              R"("b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},)"
                              R"("__metadata__":{"format":"pt"}})";

// The message of the error that reading gives, or "none".
std::string ErrorOf(const std::string& file) {
  try {
    const SafetensorsFile reader(AsBytes(file), "t");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

std::string HeaderError(const std::string& header, size_t num_bytes = 24) {
  return ErrorOf(File(header, num_bytes));
}

TensorToWrite FromText(const std::string& name, DType dtype, std::vector<int64_t> shape,
                       const std::string& bytes) {
  return {.name = name,
          .dtype = dtype,
          .shape = std::move(shape),
          .produce = [bytes](const auto& write) {
            write(AsBytes(bytes));
          }};
}

TEST(SafetensorsTest, ReadsTensorsAndMetadata) {
  const std::string bytes = File(kGood, 26);
  const SafetensorsFile file(AsBytes(bytes), "t");
  ASSERT_EQ(file.tensors().size(), 2);
  EXPECT_EQ(file.tensors()[0].name, "a");
  EXPECT_EQ(file.tensors()[0].dtype, DType::kF32);
  EXPECT_THAT(file.tensors()[0].shape, ElementsAre(2, 3));
  EXPECT_EQ(file.tensors()[0].num_elements(), 6);
  EXPECT_EQ(file.tensors()[1].bytes.size(), 2);
  EXPECT_EQ(file.metadata().at("format"), "pt");
}

TEST(SafetensorsTest, WrittenFilesReadTheSame) {
  const TestFolder folder;
  WriteSafetensors(folder / "x.safetensors", {FromText("odd", DType::kU8, {3}, "abc"),
                                              FromText("none", DType::kF32, {0, 4}, ""),
                                              FromText("wide", DType::kF64, {1}, "12345678")});
  const SafetensorsFile file((folder / "x.safetensors").string());
  ASSERT_EQ(file.tensors().size(), 3);
  for (const StoredTensor& tensor : file.tensors()) {
    const auto address = reinterpret_cast<uintptr_t>(tensor.bytes.data());
    EXPECT_EQ(address % ItemSize(tensor.dtype), 0) << tensor.name;
    if (tensor.name == "odd") {
      EXPECT_EQ(AsText(tensor.bytes), "abc");
    }
    if (tensor.name == "wide") {
      EXPECT_EQ(AsText(tensor.bytes), "12345678");
    }
    if (tensor.name == "none") {
      EXPECT_THAT(tensor.shape, ElementsAre(0, 4));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "x.safetensors.part"));
}

TEST(SafetensorsTest, RefusesWhatIsNoSafetensorsFile) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("expected a safetensors file, got 0 bytes"));
  EXPECT_THAT(ErrorOf("PK\x03\x04 some zip archive"), HasSubstr("a header of"));
  EXPECT_THAT(ErrorOf(Little(~uint64_t{0}, 8) + "{}"),
              HasSubstr("a header of 18446744073709551615"));
  EXPECT_THAT(ErrorOf(Little(SafetensorsFile::kMaxHeaderBytes + 1, 8) + std::string(64, ' ')),
              HasSubstr("a header of 100000001 bytes in a file of 72"));
  EXPECT_THAT(HeaderError("[]"), HasSubstr("the header is no object"));
  EXPECT_THAT(HeaderError("{\"a\":"), HasSubstr("the header is no JSON"));
  EXPECT_THAT(HeaderError(std::string(100000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(HeaderError(R"({"a":{"x":{"y":{"z":{}}}}})"), HasSubstr("nested too deeply"));
}

TEST(SafetensorsTest, RefusesTensorsThatLie) {
  const auto entry = [](const std::string& dtype, const std::string& shape,
                        const std::string& offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  EXPECT_EQ(HeaderError(entry("F32", "[2,3]", "[0,24]")), "none");
  EXPECT_THAT(HeaderError(entry("F8_E4M3", "[24]", "[0,24]")), HasSubstr("unknown dtype"));
  EXPECT_THAT(HeaderError(entry("F32", "[7]", "[0,24]")),
              HasSubstr("tensor 'a': (7,) elements of f32 expected, 24 bytes there"));
  EXPECT_THAT(HeaderError(entry("F32", "[4611686018427387904,4611686018427387904]", "[0,24]")),
              HasSubstr("24 bytes there"));
  EXPECT_THAT(HeaderError(entry("F32", "[-6]", "[0,24]")), HasSubstr("-6 in the shape"));
  EXPECT_THAT(HeaderError(entry("F32", "[6.0]", "[0,24]")), HasSubstr("6.0 in the shape"));
  EXPECT_THAT(HeaderError(entry("F32", "6", "[0,24]")), HasSubstr("expected a list as shape"));
  EXPECT_THAT(HeaderError(entry("F32", "[6]", "[8,32]")),
              HasSubstr("do not lie within the 24 bytes"));
  EXPECT_THAT(HeaderError(entry("F32", "[6]", "[24,0]")), HasSubstr("do not lie within"));
  EXPECT_THAT(HeaderError(entry("F32", "[6]", "[0,18446744073709551640]")),
              HasSubstr("data_offsets"));
  EXPECT_THAT(HeaderError(entry("F32", "[6]", "[0]")), HasSubstr("expected two numbers"));
  EXPECT_THAT(HeaderError(R"({"a":7})"), HasSubstr("expected an object"));
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24],"x":0}})"),
              HasSubstr("unknown field 'x'"));
  EXPECT_THAT(HeaderError(R"({"__metadata__":{"a":1}})", 0), HasSubstr("expected text by name"));
}

TEST(SafetensorsTest, RefusesGapsOverlapsAndNamesThatComeTwice) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[8],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[8],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(HeaderError(two("[0,8]", "[8,16]"), 16), "none");
  EXPECT_EQ(HeaderError(two("[8,16]", "[0,8]"), 16), "none");
  EXPECT_THAT(HeaderError(two("[0,8]", "[4,12]"), 12),
              HasSubstr("begins at byte 4 of the data, expected 8"));
  EXPECT_THAT(HeaderError(two("[0,8]", "[0,8]"), 8), HasSubstr("begins at byte 0"));
  EXPECT_THAT(HeaderError(two("[0,8]", "[9,17]"), 17), HasSubstr("expected 8"));
  EXPECT_THAT(HeaderError(two("[0,8]", "[8,16]"), 20), HasSubstr("20 bytes of data, 16 of them"));
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                          R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                          0),
              HasSubstr("has 'a' twice"));
}

TEST(SafetensorsTest, RefusesEveryTruncation) {
  const std::string file = File(kGood, 26);
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(ErrorOf(file.substr(0, size)), "none") << size;
  }
}

// Bytes changed at random give an Error or a file of tensors, and nothing else.
TEST(SafetensorsTest, SurvivesDamage) {
  const std::string file = File(kGood, 26);
  CounterRandom random("safetensors damage");
  int num_errors = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = file;
    const uint32_t num_changes = 1 + random.Bits() % 4;
    for (uint32_t j = 0; j < num_changes; ++j) {
      damaged[random.Bits() % (damaged.size() - 26)] = static_cast<char>(random.Bits());
    }
    if (ErrorOf(damaged) != "none") ++num_errors;
  }
  EXPECT_GT(num_errors, 4000);
}

TEST(SafetensorsTest, SplitsLargeModelsAsPublishedOnes) {
  const TestFolder folder;
  std::vector<TensorToWrite> tensors;
  for (const char* name : {"a", "b", "c", "d"}) {
    tensors.push_back(FromText(name, DType::kU8, {4}, "1234"));
  }
  WriteShardedSafetensors(folder.path(), "model", tensors, 9);
  std::ifstream file(folder / "model.safetensors.index.json");
  const nlohmann::json index = nlohmann::json::parse(file);
  EXPECT_EQ(index["metadata"]["total_size"], 16);
  EXPECT_EQ(index["weight_map"]["b"], "model-00001-of-00002.safetensors");
  EXPECT_EQ(index["weight_map"]["c"], "model-00002-of-00002.safetensors");
  const SafetensorsFile second((folder / "model-00002-of-00002.safetensors").string());
  EXPECT_EQ(second.tensors().size(), 2);
}

TEST(SafetensorsTest, SaysWhatCannotBeWritten) {
  EXPECT_THAT(
      [] { WriteSafetensors("/nonexistent/x.safetensors", {}); },
      testing::ThrowsMessage<Error>(HasSubstr("cannot write /nonexistent/x.safetensors.part")));
}

}  // namespace
}  // namespace libero
