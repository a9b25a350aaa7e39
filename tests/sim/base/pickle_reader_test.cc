#include "sim/base/pickle_reader.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/pickle_opcodes.h"
#include "sim/base/zip_reader.h"
#include "tests/sim/base/archive_builders.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace): literals only

const std::string kProto = "\x80\x02"s;

std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string Text(const std::string& text) {
  return "X"s + Little(text.size(), 4) + text;
}
std::string Int(uint64_t value) {
  return "J"s + Little(value, 4);
}

// A FloatStorage of 6 elements, by persistent id.
const std::string kStorage = "("s + Text("storage") + Global("torch", "FloatStorage") + Text("0") +
                             Text("cpu") + Int(6) + "tQ";

// A tensor over kStorage; `shape` and `strides` are streams that make tuples.
std::string Tensor(uint64_t offset, const std::string& shape, const std::string& strides) {
  return Global("torch._utils", "_rebuild_tensor_v2") + "(" + kStorage + Int(offset) + shape +
         strides + "\x89" + Global("collections", "OrderedDict") + ")RtR";
}

// `count` times the same opcode.
std::string Times(size_t count, const std::string& code) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += code;
  return result;
}

struct Pickle {
  std::deque<PickleValue> values;
  PickleRef root = nullptr;
};

Pickle Read(const std::string& code) {
  Pickle pickle;
  pickle.root = ReadPickle(AsBytes(code), "test.pkl", &pickle.values);
  return pickle;
}

std::string ErrorOf(const std::string& code) {
  try {
    Read(code);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(PickleReaderTest, ReadsIntegers) {
  const std::vector<std::pair<std::string, int64_t>> cases = {
      {"K\xff"s, 255},
      {"M\x2c\x01"s, 300},
      {"J\xfe\xff\xff\xff"s, -2},
      {"\x8a\x00"s, 0},
      {"\x8a\x01\xff"s, -1},
      {"\x8a\x02\xff\x00"s, 255},
      {"\x8a\x08"s + Little(uint64_t{1} << 63, 8), INT64_MIN}};
  for (const auto& [code, expected] : cases) {
    EXPECT_EQ(*Read(kProto + code + ".").root->As<int64_t>(), expected);
  }
}

TEST(PickleReaderTest, ReadsOtherScalars) {
  EXPECT_EQ(*Read(kProto + "G\xc0\x04\x00\x00\x00\x00\x00\x00."s).root->As<double>(), -2.5);
  EXPECT_EQ(*Read(kProto + "\x88.").root->As<bool>(), true);
  EXPECT_EQ(*Read(kProto + "\x89.").root->As<bool>(), false);
  EXPECT_NE(Read(kProto + "N.").root->As<PickleNone>(), nullptr);
}

TEST(PickleReaderTest, ReadsContainersAndSharesMemoValues) {
  // [('a',), ('a',)] with one shared tuple
  const Pickle pickle = Read(kProto + "](" + Text("a") + "\x85q\x07h\x07" + "e.");
  const auto& list = *pickle.root->As<PickleList>();
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0], list.items[1]);
  EXPECT_EQ(*list.items[0]->As<PickleTuple>()->items[0]->As<std::string>(), "a");
}

TEST(PickleReaderTest, KeepsPersistentIdsThatAreNoStorages) {
  const Pickle pickle = Read(kProto + Text("other") + "Q.");
  EXPECT_EQ(*pickle.root->As<PicklePersistentId>()->id->As<std::string>(), "other");
}

TEST(PickleReaderTest, EncodesTextAsLatin1Bytes) {
  const std::string prefix = kProto + Global("_codecs", "encode");
  const Pickle pickle = Read(prefix + Text("a\xc2\x80\xc3\xbf") + Text("latin1") + "\x86R.");
  EXPECT_EQ(pickle.root->As<PickleBytes>()->bytes, "a\x80\xff");

  for (const char* broken : {"\xc4\x80", "\xc2", "\xc2\x20", "\xff", "\xe2\x82\xac"}) {
    EXPECT_THAT(ErrorOf(prefix + Text(broken) + Text("latin1") + "\x86R."),
                HasSubstr("expected text of code points up to 255"));
  }
  EXPECT_THAT(ErrorOf(prefix + Text("a") + Text("rot13") + "\x86R."),
              HasSubstr("expected the encoding latin1, got 'rot13'"));
}

TEST(PickleReaderTest, NamesARefusedOpcode) {
  const std::string refused =
      "012FILPSTUVBCdgilop\x81\x82\x83\x84\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98";
  for (const char code : refused) {
    const std::string name(PickleOpcodeName(static_cast<uint8_t>(code)));
    EXPECT_THAT(ErrorOf(kProto + code), HasSubstr("opcode " + name + " (0x")) << name;
    EXPECT_THAT(ErrorOf(kProto + code), HasSubstr("this opcode is not allowed")) << name;
  }
  EXPECT_THAT(ErrorOf(kProto + "\x93."),
              AllOf(HasSubstr("test.pkl, byte 2, opcode STACK_GLOBAL (0x93): this opcode is not "
                              "allowed"),
                    HasSubstr("nothing in the file is executed")));
  EXPECT_THAT(ErrorOf(kProto + "i"), HasSubstr("opcode INST (0x69): this opcode is not allowed"));
  EXPECT_THAT(ErrorOf(kProto + "\xfe"),
              HasSubstr("byte 2, opcode unknown (0xfe): expected an opcode of pickle"));
}

TEST(PickleReaderTest, NamesARefusedGlobal) {
  EXPECT_THAT(ErrorOf(kProto + "N0" + Global("os", "system")), HasSubstr("opcode POP (0x30)"));
  EXPECT_THAT(ErrorOf(kProto + Global("os", "system") + Text("true") + "\x85R."),
              HasSubstr("byte 2, opcode GLOBAL (0x63): 'os.system' is not allowed"));
  EXPECT_THAT(ErrorOf(kProto + Global("torch", "FloatStorage") + ")R."),
              HasSubstr("calling torch.FloatStorage is not allowed"));
  EXPECT_THAT(ErrorOf(kProto + "c" + std::string(5000, 'x')),
              HasSubstr("expected a line of at most 256 bytes"));
}

TEST(PickleReaderTest, AcceptsProtocolTwoOnly) {
  EXPECT_THAT(ErrorOf("\x80\x04."), HasSubstr("expected pickle protocol 2 at byte 0, got 4"));
  EXPECT_THAT(ErrorOf("N."), HasSubstr("expected a pickle stream, which starts with PROTO"));
  EXPECT_THAT(ErrorOf(kProto + kProto), HasSubstr("at byte 0"));
}

TEST(PickleReaderTest, RefusesStreamsThatDoNotEndInOneValue) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("byte 0: expected 1 more bytes, got 0 (truncated?)"));
  EXPECT_THAT(ErrorOf(kProto + "."), HasSubstr("got 0 values and 0 more bytes"));
  EXPECT_THAT(ErrorOf(kProto + "NN."), HasSubstr("got 2 values and 0 more bytes"));
  EXPECT_THAT(ErrorOf(kProto + "N.x"), HasSubstr("got 1 values and 1 more bytes"));
  EXPECT_THAT(ErrorOf(kProto + "N("), HasSubstr("truncated?"));
}

TEST(PickleReaderTest, RefusesMisuseOfTheStack) {
  EXPECT_THAT(ErrorOf(kProto + "\x85"), HasSubstr("expected a value on the stack, got none"));
  EXPECT_THAT(ErrorOf(kProto + "N(\x85"), HasSubstr("expected a value on the stack, got none"));
  EXPECT_THAT(ErrorOf(kProto + "t"), HasSubstr("expected a MARK on the stack, got none"));
  EXPECT_THAT(ErrorOf(kProto + "h\x05"), HasSubstr("expected a known memo number, got 5"));
  EXPECT_THAT(ErrorOf(kProto + "q\x05"), HasSubstr("expected a value on the stack"));
  EXPECT_THAT(ErrorOf(kProto + "NNa"), HasSubstr("expected a list, got a None"));
  EXPECT_THAT(ErrorOf(kProto + "](NNu"), HasSubstr("expected a dict, got a list"));
  EXPECT_THAT(ErrorOf(kProto + "}(NNNu"), HasSubstr("keys and values in pairs"));
  EXPECT_THAT(ErrorOf(kProto + "N)R"), HasSubstr("expected a global to call, got a None"));
  EXPECT_THAT(ErrorOf(kProto + "}}b"), HasSubstr("a dict has no state to set"));
  EXPECT_THAT(ErrorOf(kProto + "}(" + Text("a") + "N" + Text("a") + "Nu."),
              HasSubstr("a dict has the key 'a' twice"));
}

TEST(PickleReaderTest, RefusesHugeCounts) {
  EXPECT_THAT(ErrorOf(kProto + "X\xff\xff\xff\xff" + "abc"),
              HasSubstr("expected 4294967295 more bytes, got 3"));
  EXPECT_THAT(ErrorOf(kProto + "\x8a\xff" + std::string(255, 'x')),
              HasSubstr("expected an int of at most 8 bytes, got 255"));
  // a memo number costs nothing by itself
  EXPECT_EQ(ErrorOf(kProto + "Nr\xff\xff\xff\xff."), "no error");
  EXPECT_THAT(ErrorOf(kProto + "(" + std::string(kMaxPickleValues + 1, 'N') + "t."),
              HasSubstr("expected at most 1048576 values"));
}

TEST(PickleReaderTest, RefusesDeepNestingAndCycles) {
  // tuples in tuples
  EXPECT_EQ(ErrorOf(kProto + "N" + std::string(kMaxPickleDepth, '\x85') + "."), "no error");
  EXPECT_THAT(ErrorOf(kProto + "N" + std::string(100000, '\x85') + "."),
              HasSubstr("nested at most 100 deep"));
  // two chains of 60 tuples, the second one on top of the first through the memo
  const std::string chain = std::string(60, '\x85');
  EXPECT_THAT(ErrorOf(kProto + "(N" + chain + "q\x01h\x01" + chain + "t."),
              HasSubstr("nested at most 100 deep"));
  // a list that contains itself
  EXPECT_THAT(ErrorOf(kProto + "]q\x01h\x01" + "a."), HasSubstr("a container contains itself"));
}

TEST(PickleReaderTest, RefusesExponentialSharing) {
  // 60 levels of (x, x): 2^60 visits in 300 bytes
  const std::string level = "q\x01h\x01\x86"s;
  EXPECT_THAT(ErrorOf(kProto + "N" + Times(60, level) + "."),
              HasSubstr("the same containers are referred to too often"));
  // the same 1000 characters encoded again and again
  const std::string encode = Global("_codecs", "encode") + "h\x01h\x02\x86R";
  EXPECT_THAT(ErrorOf(kProto + "(" + Text(std::string(1000, 'x')) + "q\x01" + Text("latin1") +
                      "q\x02" + Times(1000, encode) + "t."),
              HasSubstr("expected less encoded text than bytes in the stream"));
}

TEST(PickleReaderTest, ReadsTensorsThatFitTheirStorage) {
  const Pickle pickle = Read(kProto + Tensor(1, "K\x02K\x02\x86", "K\x03K\x01\x86") + ".");
  const auto& tensor = *pickle.root->As<PickleTensor>();
  EXPECT_EQ(tensor.storage.key, "0");
  EXPECT_EQ(tensor.storage.dtype, DType::kF32);
  EXPECT_EQ(tensor.offset, 1);
  EXPECT_THAT(tensor.shape, testing::ElementsAre(2, 2));
  EXPECT_THAT(tensor.strides, testing::ElementsAre(3, 1));
}

TEST(PickleReaderTest, RefusesTensorsOutsideTheirStorage) {
  struct Case {
    uint64_t offset;
    std::string shape;
    std::string strides;
    std::string message;
  };
  const std::string misfit = "does not fit its storage of 6 elements";
  const std::string huge = "\x8a\x08"s + Little(INT64_MAX, 8);
  const std::string minus_two = Int(static_cast<uint64_t>(-2));
  const std::vector<Case> cases = {
      {0, "K\x07\x85", "K\x01\x85", "tensor of shape (7,), strides (1,) and offset 0 "s + misfit},
      {5, "K\x02\x85", "K\x01\x85", misfit},
      {static_cast<uint64_t>(-1), "K\x02\x85", "K\x01\x85", misfit},
      {0, "K\x02\x85", huge + "\x85", misfit},
      {0, huge + huge + "\x86", "K\x00K\x00\x86"s, misfit},
      {0, "K\x07\x85", "K\x00\x85"s, "made by expand()"},
      {0, minus_two + "\x85", "K\x01\x85", "a shape: expected numbers >= 0, got -2"},
      {0, "K\x02\x85", ")", "expected as many strides as dimensions"},
      {0, "("s + Times(40, "K\x01") + "t", ")", "expected a shape with 0 to 32 items, got 40"},
      {0, "N", ")", "expected a shape, got a None"}};
  for (const Case& c : cases) {
    const std::string code = kProto + Tensor(c.offset, c.shape, c.strides) + ".";
    EXPECT_THAT(ErrorOf(code), HasSubstr(c.message));
  }
}

TEST(PickleReaderTest, RefusesBrokenStorages) {
  const auto storage = [](const std::string& storage_class, const std::string& key,
                          const std::string& size) {
    return ErrorOf(kProto + "(" + Text("storage") + storage_class + key + Text("cpu") + size +
                   "tQ.");
  };
  const std::string floats = Global("torch", "FloatStorage");
  EXPECT_EQ(storage(floats, Text("0"), Int(6)), "no error");
  EXPECT_THAT(storage(floats, Text("0"), Int(static_cast<uint64_t>(-6))), HasSubstr("a size >= 0"));
  EXPECT_THAT(storage(floats, Text(std::string(300, 'k')), Int(6)), HasSubstr("'kkk"));
  EXPECT_THAT(storage(Global("numpy", "ndarray"), Text("0"), Int(6)),
              HasSubstr("expected a storage class"));
  EXPECT_THAT(storage(floats, Text("0") + "N", Int(6)),
              HasSubstr("expected a storage id with 5 to 5 items, got 6"));
}

// The pickle stream of a file that torch.save wrote.
std::string GoldenStream(const std::string& name) {
  const ZipReader zip(std::string(LIBERO_GOLDEN_DIR) + "/torch_archives/" + name);
  return AsText(zip.Read(*zip.Find(name.substr(0, name.find('.')) + "/data.pkl")));
}

TEST(PickleReaderTest, RefusesEveryTruncationOfRealStreams) {
  for (const char* name : {"states.pruned_init", "arrays.pt", "tensors.pt", "lightning.ckpt"}) {
    const std::string code = GoldenStream(name);
    EXPECT_EQ(ErrorOf(code), "no error");
    for (size_t size = 0; size < code.size(); ++size) {
      EXPECT_THAT(ErrorOf(code.substr(0, size)), HasSubstr("test.pkl")) << name << " " << size;
    }
  }
}

TEST(PickleReaderTest, SurvivesDamagedRealStreams) {
  // an Error or a value; any other exception, a crash or a sanitizer report fails the test
  constexpr int kNumTries = 500;
  std::mt19937 random(1);
  for (const char* name : {"states.pruned_init", "arrays.pt", "tensors.pt", "lightning.ckpt"}) {
    const std::string code = GoldenStream(name);
    for (size_t i = 0; i < code.size(); ++i) {
      for (const char mask : {'\x01', '\xff'}) {
        std::string changed = code;
        changed[i] = static_cast<char>(changed[i] ^ mask);
        ErrorOf(changed);
      }
    }
    for (int i = 0; i < kNumTries; ++i) {
      // copy a piece of the stream over another place, or cut one out
      std::string changed = code;
      const size_t from = random() % code.size();
      const size_t to = random() % code.size();
      const size_t size = random() % 16;
      changed.replace(to, random() % 16, code.substr(from, size));
      ErrorOf(changed);
    }
  }
}

}  // namespace
}  // namespace libero
