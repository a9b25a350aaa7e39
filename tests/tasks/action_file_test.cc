#include "tasks/action_file.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/base/npy.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ActionFileTest, KeepsActionsToTheLastBit) {
  const TestFolder folder;
  const std::vector<Action> actions = {{0.1, -1, 1.0 / 3, 0, 1e-300, 1, -1}, {1, 2, 3, 4, 5, 6, 7}};
  WriteActionFile(folder / "a.npy", actions);
  EXPECT_EQ(ReadActionFile(folder / "a.npy"), actions);
  EXPECT_EQ(ReadNpy((folder / "a.npy").string()).dtype, DType::kF64);
}

TEST(ActionFileTest, TakesHalfTheSpaceForWhatSinglePrecisionHolds) {
  const TestFolder folder;
  const std::vector<Action> actions(100, {0.1F, -0.2F, 0, 0.5, 1, -1, 1});
  WriteActionFile(folder / "a.npy", actions);
  EXPECT_EQ(ReadActionFile(folder / "a.npy"), actions);
  EXPECT_EQ(std::filesystem::file_size(folder / "a.npy"), 128u + 100 * 7 * 4);
}

TEST(ActionFileTest, AnEpisodeMayHaveNone) {
  const TestFolder folder;
  WriteActionFile(folder / "a.npy", {});
  EXPECT_TRUE(ReadActionFile(folder / "a.npy").empty());
}

TEST(ActionFileTest, SaysWhatIsNoFileOfActions) {
  const TestFolder folder;
  std::ofstream(folder / "b.npy") << "no";
  EXPECT_THROW((void)ReadActionFile(folder / "b.npy"), Error);
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() + 1);
  text += '\0';
  std::ofstream(folder / "c.npy") << text << header << "\n" << std::string(8, '\0');
  EXPECT_THAT([&] { (void)ReadActionFile(folder / "c.npy"); },
              ThrowsMessage<Error>(
                  HasSubstr("c.npy: expected actions, (steps, 7) of f4 or f8, got (1, 2) of f32")));
  EXPECT_THAT([&] { WriteActionFile("/nowhere/a.npy", {}); },
              ThrowsMessage<Error>(HasSubstr("cannot write /nowhere/a.npy")));
}

}  // namespace
}  // namespace libero
