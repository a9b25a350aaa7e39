#include "sim/base/torch_archive.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/sim/base/archive_builders.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string kFolder = std::string(LIBERO_GOLDEN_DIR) + "/torch_archives/";

const PickleDict& RootDict(const TorchArchive& archive) {
  return *archive.root().As<PickleDict>();
}

const PickleTensor& FindTensor(const PickleDict& dict, std::string_view key) {
  return *dict.Find(key)->As<PickleTensor>();
}

NdArray ReadArray(const TorchArchive& archive, std::string_view key) {
  const auto& array = *RootDict(archive).Find(key)->As<PickleArray>();
  return MakeNdArray(array.dtype, array.shape, array.is_fortran_order, array.bytes);
}

std::string ErrorOf(const std::string& file) {
  try {
    const TorchArchive archive(AsBytes(file), "test.pt");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(TorchArchiveTest, ReadsEveryTensorAsTorchWroteIt) {
  const TorchArchive archive(kFolder + "tensors.pt");
  const ZipReader expected(kFolder + "expected.npz");
  const PickleDict& tensors = RootDict(archive);
  EXPECT_EQ(tensors.items.size(), expected.entries().size());
  for (const auto& [key, value] : tensors.items) {
    const auto& name = *key->As<std::string>();
    const auto& tensor = *value->As<PickleTensor>();
    const NdArray reference = ReadNpzArray(expected, name);
    archive.CheckStorage(tensor);
    const NdArray array = archive.CopyTensor(tensor);
    EXPECT_EQ(array.shape, reference.shape) << name;
    EXPECT_EQ(array.data, reference.data) << name;
    EXPECT_TRUE(array.dtype == reference.dtype || array.dtype == DType::kBF16) << name;
  }
}

TEST(TorchArchiveTest, KeepsTheOrderOfKeys) {
  const TorchArchive archive(kFolder + "tensors.pt");
  EXPECT_TRUE(RootDict(archive).is_ordered_dict);
  std::vector<std::string> keys;
  for (const auto& [key, value] : RootDict(archive).items) keys.push_back(*key->As<std::string>());
  EXPECT_THAT(keys, ElementsAre("f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8",
                                "bool", "transposed", "slice", "scalar", "empty", "parameter"));
}

TEST(TorchArchiveTest, ViewsTensorsInPlace) {
  const std::string file = ReadBytes(kFolder + "tensors.pt");
  const TorchArchive archive(AsBytes(file), "tensors.pt");
  const PickleTensor& whole = FindTensor(RootDict(archive), "f32");
  const PickleTensor& slice = FindTensor(RootDict(archive), "slice");
  EXPECT_TRUE(whole.is_contiguous());
  EXPECT_FALSE(slice.is_contiguous());
  EXPECT_EQ(slice.storage.key, whole.storage.key);

  const std::span<const std::byte> whole_bytes = archive.TensorBytes(whole);
  const std::span<const std::byte> slice_bytes = archive.TensorBytes(slice);
  EXPECT_GE(whole_bytes.data(), AsBytes(file).data());
  EXPECT_EQ(whole_bytes.size(), 24 * sizeof(float));
  // rows 1 to 2, columns 2 to 4 of 4 × 6: from element 8 to element 16
  EXPECT_EQ(slice_bytes.data(), whole_bytes.data() + 8 * sizeof(float));
  EXPECT_EQ(slice_bytes.size(), 9 * sizeof(float));
}

TEST(TorchArchiveTest, StaysValidWhenMoved) {
  TorchArchive first(kFolder + "arrays.pt");
  const TorchArchive second = std::move(first);
  EXPECT_THAT(ReadArray(second, "f4").values<float>(), ElementsAre(1.5F, -2.5F));
}

TEST(TorchArchiveTest, ReadsALightningCheckpoint) {
  const TorchArchive archive(kFolder + "lightning.ckpt");
  const PickleDict& root = RootDict(archive);
  EXPECT_EQ(*root.Find("global_step")->As<int64_t>(), 200000);
  EXPECT_EQ(*root.Find("pytorch-lightning_version")->As<std::string>(), "2.2.1");
  EXPECT_TRUE(root.Find("lr_schedulers")->As<PickleList>()->items.empty());
  EXPECT_EQ(root.Find("callbacks"), nullptr);

  const auto& state = *root.Find("state_dict")->As<PickleDict>();
  EXPECT_THAT(FindTensor(state, "0.weight").shape, ElementsAre(2, 3));
  EXPECT_EQ(archive.CopyTensor(FindTensor(state, "1.bias")).num_elements(), 2U);

  const auto& optimizer = *root.Find("optimizer_states")->As<PickleList>()->items[0];
  const auto& moments = *optimizer.As<PickleDict>()->Find("state")->As<PickleDict>();
  EXPECT_EQ(*moments.items[3].first->As<int64_t>(), 3);
  const auto& groups = *optimizer.As<PickleDict>()->Find("param_groups")->As<PickleList>();
  EXPECT_EQ(*groups.items[0]->As<PickleDict>()->Find("lr")->As<double>(), 1e-4);
}

TEST(TorchArchiveTest, ReadsPlainValues) {
  const TorchArchive archive(kFolder + "lightning.ckpt");
  const auto& values = *RootDict(archive).Find("hyper_parameters")->As<PickleDict>();
  EXPECT_EQ(*values.Find("lam_dim")->As<int64_t>(), 128);
  EXPECT_EQ(*values.Find("byte")->As<int64_t>(), 300);
  EXPECT_EQ(*values.Find("big")->As<int64_t>(), -(int64_t{1} << 40));
  EXPECT_EQ(*values.Find("beta")->As<double>(), 0.25);
  EXPECT_EQ(*values.Find("on")->As<bool>(), true);
  EXPECT_EQ(values.Find("none")->TypeName(), "None");
  EXPECT_EQ(*values.Find("name")->As<std::string>(), "caf\xc3\xa9");
  EXPECT_EQ(values.Find("sizes")->As<PickleTuple>()->items.size(), 4U);
  EXPECT_EQ(values.Find("empty")->As<PickleTuple>()->items.size(), 0U);
  const auto& list = *values.Find("nested")->As<PickleDict>()->Find("list")->As<PickleList>();
  EXPECT_EQ(*list.items[1]->As<PickleList>()->items[0]->As<double>(), 2.5);
}

TEST(TorchArchiveTest, ReadsNumpyArrays) {
  const TorchArchive archive(kFolder + "arrays.pt");
  EXPECT_THAT(ReadArray(archive, "i8").shape, ElementsAre(2, 1));
  EXPECT_THAT(ReadArray(archive, "i8").values<int64_t>(), ElementsAre(1, -2));
  EXPECT_THAT(ReadArray(archive, "u1").values<uint8_t>(), ElementsAre(0, 200, 255));
}

TEST(TorchArchiveTest, ReadsNumpyArraysOfOtherLayouts) {
  const TorchArchive archive(kFolder + "arrays.pt");
  EXPECT_EQ(ReadArray(archive, "bool").dtype, DType::kBool);
  EXPECT_TRUE(RootDict(archive).Find("fortran")->As<PickleArray>()->is_fortran_order);
  EXPECT_THAT(ReadArray(archive, "fortran").values<double>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(ReadArray(archive, "empty").shape, ElementsAre(0, 4));
  EXPECT_THAT(ReadArray(archive, "scalar").values<double>(), ElementsAre(4.5));
}

TEST(TorchArchiveTest, ExecutesNothing) {
  std::filesystem::remove("pwned");
  EXPECT_THAT([] { TorchArchive(kFolder + "evil.pt"); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("evil.pt: evil/data.pkl, byte "),
                        HasSubstr("opcode GLOBAL (0x63): 'posix.system' is not allowed"))));
  EXPECT_FALSE(std::filesystem::exists("pwned"));
}

TEST(TorchArchiveTest, SaysWhatItDoesNotRead) {
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"legacy.pt", "got a bare pickle or a file of PyTorch before 1.6"},
      {"protocol4.pt", "expected pickle protocol 2 at byte 0, got 4"},
      {"objects.pt", "got 'O8'"},
      {"big_endian.pt", "expected the byte order '<' or '|', got '>'"},
      {"expanded.pt", "save tensor.contiguous()"},
      {"module.pt", "'torch.nn.modules.linear.Linear' is not allowed"},
      {"states.pruned_init.npz", "expected one entry <name>/data.pkl, got 0 among 1 entries"},
      {"v1.npy", "not a zip archive"}};
  for (const auto& [name, message] : refusals) {
    EXPECT_THAT(ErrorOf(ReadBytes(kFolder + name)), HasSubstr(message)) << name;
  }
}

TEST(TorchArchiveTest, RefusesEveryTruncation) {
  for (const char* name : {"states.pruned_init", "tensors.pt"}) {
    const std::string file = ReadBytes(kFolder + name);
    for (size_t size = 0; size < file.size(); ++size) {
      EXPECT_THAT(ErrorOf(file.substr(0, size)), HasSubstr("test.pt")) << name << " " << size;
    }
  }
}

TEST(TorchArchiveTest, SurvivesEveryFlippedByte) {
  // an Error or a tree whose tensors can be read or refused; anything else fails the test
  const std::string file = ReadBytes(kFolder + "tensors.pt");
  for (size_t i = 0; i < file.size(); ++i) {
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 0xff);
    try {
      const TorchArchive archive(AsBytes(changed), "test.pt");
      for (const auto& [key, value] : RootDict(archive).items) {
        (void)archive.CopyTensor(*value->As<PickleTensor>());
      }
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("test.pt")) << i;
    }
  }
}

// The pickle stream of tensors.pt in an archive of our own.
ZipBuilder TensorsWithoutStorages() {
  const ZipReader zip(kFolder + "tensors.pt");
  ZipBuilder builder;
  builder.Add("x/data.pkl", AsText(zip.Read(*zip.Find("tensors/data.pkl"))));
  return builder;
}

TEST(TorchArchiveTest, ChecksStoragesWhenTheyAreTouched) {
  ZipBuilder builder = TensorsWithoutStorages();
  builder.Add("x/data/0", std::string(31, 'x'));                        // f64: one byte short
  builder.Add("x/data/1", std::string(96, 'x'), /*is_deflated=*/true);  // f32
  builder.Add("x/data/2", std::string(6, 'x')).crc ^= 1;                // f16
  const std::string file = builder.Finish();
  const TorchArchive archive(AsBytes(file), "test.pt");
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"f64", "test.pt: the storage 'x/data/0' holds 3 elements of f64, expected 4"},
      {"f32", "expected 0 (stored)"},
      {"i64", "the storage 'x/data/4' is missing"}};
  for (const auto& [key, message] : refusals) {
    const PickleTensor& tensor = FindTensor(RootDict(archive), key);
    EXPECT_THAT([&] { (void)archive.TensorBytes(tensor); },
                ThrowsMessage<Error>(HasSubstr(message)));
  }
  const PickleTensor& wrong_crc = FindTensor(RootDict(archive), "f16");
  EXPECT_EQ(AsText(archive.TensorBytes(wrong_crc)), "xxxxxx");
  EXPECT_THAT([&] { archive.CheckStorage(wrong_crc); },
              ThrowsMessage<Error>(HasSubstr("wrong checksum")));
}

TEST(TorchArchiveTest, RefusesBigEndianAndAmbiguousArchives) {
  ZipBuilder big = TensorsWithoutStorages();
  big.Add("x/byteorder", "big");
  EXPECT_THAT(ErrorOf(big.Finish()), HasSubstr("expected the byte order little, got 'big'"));

  ZipBuilder two = TensorsWithoutStorages();
  two.Add("y/data.pkl", "");
  EXPECT_THAT(ErrorOf(two.Finish()), HasSubstr("expected one entry <name>/data.pkl, got 2"));
}

}  // namespace
}  // namespace libero
