#include "sim/base/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/sim/base/archive_builders.h"

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const std::string kFolder = std::string(LIBERO_GOLDEN_DIR) + "/torch_archives/";

// A version 1 file with this header and data.
std::string Npy(const std::string& header, const std::string& data) {
  return "\x93NUMPY" + Little(1, 1) + Little(0, 1) + Little(header.size(), 2) + header + data;
}

std::string ErrorOf(const std::string& file) {
  try {
    (void)ParseNpy(AsBytes(file), "test.npy");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(NpyTest, ReadsAllVersionsOfTheFormat) {
  for (const char* name : {"v1.npy", "v2.npy", "v3.npy"}) {
    const NdArray array = ReadNpy(kFolder + name);
    EXPECT_EQ(array.dtype, DType::kF64);
    EXPECT_THAT(array.shape, ElementsAre(2, 3));
    EXPECT_THAT(array.values<double>(), ElementsAre(0, 0.25, 0.5, 0.75, 1, 1.25));
  }
}

TEST(NpyTest, ReordersFortranArraysToCOrder) {
  const NdArray array = ReadNpy(kFolder + "fortran.npy");
  EXPECT_THAT(array.shape, ElementsAre(2, 3, 4));
  const std::span<const int32_t> values = array.values<int32_t>();
  ASSERT_EQ(values.size(), 24U);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(values[static_cast<size_t>(i)], i);
}

TEST(NpyTest, ReadsEveryTypeFromAnNpz) {
  const ZipReader npz(kFolder + "arrays.npz");
  EXPECT_THAT(ReadNpzArray(npz, "f4").values<float>(), ElementsAre(1.5F, -2.5F));
  EXPECT_THAT(ReadNpzArray(npz, "f8").shape, ElementsAre(2, 3));
  EXPECT_THAT(ReadNpzArray(npz, "i4").values<int32_t>(), ElementsAre(-5));
  EXPECT_THAT(ReadNpzArray(npz, "i4").shape, IsEmpty());
  EXPECT_THAT(ReadNpzArray(npz, "i8").values<int64_t>(), ElementsAre(int64_t{1} << 62));
  EXPECT_THAT(ReadNpzArray(npz, "u1").values<uint8_t>(), ElementsAre(0, 1, 2));
  EXPECT_EQ(ReadNpzArray(npz, "bool").dtype, DType::kBool);
  EXPECT_THAT(ReadNpzArray(npz, "bool").values<uint8_t>(), ElementsAre(1, 0));
  EXPECT_THAT(ReadNpzArray(npz, "empty").shape, ElementsAre(0, int64_t{1} << 40));
}

TEST(NpyTest, NamesTheKeysThatAreThere) {
  const ZipReader npz(kFolder + "states.pruned_init.npz");
  EXPECT_THAT([&] { (void)ReadNpzArray(npz, "actions"); },
              ThrowsMessage<Error>(
                  HasSubstr("no array 'actions' ('actions.npy') among its entries: states.npy")));
}

TEST(NpyTest, RefusesTypesItDoesNotKnow) {
  EXPECT_THAT([] { (void)ReadNpy(kFolder + "objects.npy"); },
              ThrowsMessage<Error>(HasSubstr("got '|O'")));
  EXPECT_THAT([] { (void)ReadNpy(kFolder + "big_endian.npy"); },
              ThrowsMessage<Error>(HasSubstr("expected little-endian elements")));
  EXPECT_THAT([] { (void)ReadNpy(kFolder + "structured.npy"); },
              ThrowsMessage<Error>(HasSubstr("got a structured array")));
}

TEST(NpyTest, RefusesEveryTruncation) {
  for (const char* name : {"v1.npy", "v2.npy", "fortran.npy"}) {
    const std::string file = ReadBytes(kFolder + name);
    for (size_t size = 0; size < file.size(); ++size) {
      EXPECT_NE(ErrorOf(file.substr(0, size)), "no error") << name << " " << size;
    }
    EXPECT_THAT(ErrorOf(file + "x"), HasSubstr("does not match the"));
  }
}

TEST(NpyTest, SurvivesEveryFlippedByteOfItsHeader) {
  const std::string file = ReadBytes(kFolder + "v1.npy");
  for (size_t i = 0; i < 128; ++i) {
    for (int mask = 1; mask < 256; ++mask) {
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      ErrorOf(changed);  // any other exception, or a crash, fails the test
    }
  }
}

// The message of reading 16 bytes of f64 with this shape.
std::string ErrorOfShape(const std::string& shape) {
  return ErrorOf(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }",
                     std::string(16, 'x')));
}

TEST(NpyTest, RefusesShapesThatDoNotFitTheData) {
  EXPECT_EQ(ErrorOfShape("(2,)"), "no error");
  EXPECT_THAT(ErrorOfShape("(3,)"), HasSubstr("shape (3,) of f64 does not match the 16 bytes"));
  EXPECT_THAT(ErrorOfShape("(-2, -1)"), HasSubstr("shape (-2, -1) of f64 does not match"));
  EXPECT_THAT(ErrorOfShape("(4294967296, 4294967296)"), HasSubstr("does not match"));
  EXPECT_THAT(ErrorOfShape("(2305843009213693954,)"), HasSubstr("does not match"));
}

TEST(NpyTest, RefusesShapesThatAreNone) {
  EXPECT_THAT(ErrorOfShape("(99999999999999999999,)"), HasSubstr("a dimension of at most 63 bits"));
  EXPECT_THAT(ErrorOfShape("(" + std::string(100, ' ') + "x)"), HasSubstr("expected a dimension"));
}

TEST(NpyTest, RefusesDamagedHeaders) {
  EXPECT_THAT(ErrorOf("PK\x03\x04"), HasSubstr("test.npy: not an npy file"));
  EXPECT_THAT(ErrorOf("\x93NUMPY\x04"), HasSubstr("expected npy format version 1, 2 or 3, got 4"));
  EXPECT_THAT(ErrorOf(Npy("{'descr': '<f8', 'shape': ()}", "")), HasSubstr("expected the keys"));
  EXPECT_THAT(ErrorOf(Npy("{'x': 1}", "")), HasSubstr("byte 5: expected one of the keys"));
  EXPECT_THAT(ErrorOf(Npy("{'descr': '<f8'", "")), HasSubstr("byte 15: expected '}'"));
  EXPECT_THAT(ErrorOf(Npy("", "")), HasSubstr("byte 0: expected '{'"));
  EXPECT_THAT(ErrorOf("\x93NUMPY" + Little(2, 2) + Little(20000, 4) + std::string(20000, ' ')),
              HasSubstr("expected an npy header of at most 10000 bytes, got 20000"));
}

TEST(NpyTest, CountsElementsWithoutOverflow) {
  const auto count = [](std::vector<int64_t> shape) {
    return CountElements(shape);
  };
  EXPECT_EQ(count({}), 1);
  EXPECT_EQ(count({50, 47}), 2350);
  EXPECT_EQ(count({int64_t{1} << 62, 0, int64_t{1} << 62}), 0);
  EXPECT_EQ(count({int64_t{1} << 32, int64_t{1} << 31}), std::nullopt);
  EXPECT_EQ(count({-1, 0}), std::nullopt);
  EXPECT_EQ(count(std::vector<int64_t>(kMaxRank + 1, 1)), std::nullopt);
}

}  // namespace
}  // namespace libero
