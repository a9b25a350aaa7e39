#include "tasks/init_states.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tasks/numpy_random.h"
#include "tests/sim/base/archive_builders.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace fs = std::filesystem;

const std::string kFolder = std::string(LIBERO_GOLDEN_DIR) + "/torch_archives/";
const fs::path kPublished = fs::path(LIBERO_DEPS_DIR) / "libero" / "init_files";
const fs::path kOfficial = fs::path(LIBERO_DEPS_DIR) / "hf-libero" / "init_files";

// Three published files hold no state.
const std::set<std::string> kEmpty = {
    "libero_10_with_milk/FLOOR_SCENE1_put_both_the_alphabet_soup_and_the_tomato_sauce_in_the_basket"
    ".pruned_init.npz",
    "libero_10_with_milk/FLOOR_SCENE1_put_both_the_cream_cheese_box_and_the_butter_in_the_basket"
    ".pruned_init.npz",
    "libero_object_temp_y0.5/pick_up_the_cream_cheese_and_place_it_in_the_basket.pruned_init.npz"};

// All files below `folder` with this extension, sorted.
std::vector<fs::path> ListFiles(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Equality of bits, so that -0.0 and 0.0 differ.
bool AreIdentical(const InitStates& a, const InitStates& b) {
  if (a.num_states() != b.num_states() || a.state_size() != b.state_size()) return false;
  for (int i = 0; i < a.num_states(); ++i) {
    if (!std::ranges::equal(std::as_bytes(a.state(i)), std::as_bytes(b.state(i)))) return false;
  }
  return true;
}

// Writes an .npz with the array `states` to a temporary file and returns the message of reading it.
std::string ErrorOfNpz(const std::string& header, const std::string& data) {
  ZipBuilder builder;
  const std::string magic = "\x93NUMPY" + Little(1, 2) + Little(header.size(), 2);
  builder.Add("states.npy", magic + header + data);
  const TestFolder folder;
  const fs::path path = folder / "test.npz";
  std::ofstream(path, std::ios::binary) << builder.Finish();
  try {
    (void)LoadInitStates(path.string());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(InitStatesTest, ReadsTheSameFromBothForms) {
  const InitStates torch = LoadInitStates(kFolder + "states.pruned_init");
  const InitStates npz = LoadInitStates(kFolder + "states.pruned_init.npz");
  EXPECT_EQ(torch.num_states(), 3);
  EXPECT_EQ(torch.state_size(), 5);
  EXPECT_TRUE(AreIdentical(torch, npz));

  // the generator filled them row by row with RandomState(7).standard_normal
  NumpyRandom random(7);
  for (int i = 0; i < 3; ++i) {
    for (const double value : torch.state(i)) EXPECT_EQ(value, random.StandardNormal());
  }
}

TEST(InitStatesTest, NamesTheValidRange) {
  const InitStates states = LoadInitStates(kFolder + "states.pruned_init");
  for (const int index : {-1, 3}) {
    EXPECT_THAT([&] { (void)states.state(index); },
                ThrowsMessage<Error>(AllOf(HasSubstr("states.pruned_init: expected an init state "
                                                     "from 0 to 2, got"),
                                           HasSubstr(std::to_string(index)))));
  }
}

TEST(InitStatesTest, ChecksThatTheyFitAModel) {
  const InitStates states = LoadInitStates(kFolder + "states.pruned_init");
  EXPECT_NO_THROW(CheckFits(states, 2, 2, "pendulum"));
  EXPECT_THAT([&] { CheckFits(states, 9, 8, "pendulum"); },
              ThrowsMessage<Error>(HasSubstr("states.pruned_init: expected rows of 18 numbers for "
                                             "pendulum (1 time + 9 qpos + 8 qvel), got 5")));
}

TEST(InitStatesTest, RefusesOtherFiles) {
  EXPECT_THAT([] { (void)LoadInitStates("a.txt"); },
              ThrowsMessage<Error>(HasSubstr("a.txt: expected a file of init states")));
  EXPECT_THAT([] { (void)LoadInitStates("/nonexistent/a.npz"); },
              ThrowsMessage<Error>(HasSubstr("cannot be opened")));
  EXPECT_THAT([] { (void)LoadInitStates(kFolder + "arrays.npz"); },
              ThrowsMessage<Error>(HasSubstr("no array 'states'")));

  const TestFolder folder;
  const fs::path path = folder / "test.pruned_init";
  fs::copy_file(kFolder + "tensors.pt", path);
  EXPECT_THAT([&] { (void)LoadInitStates(path.string()); },
              ThrowsMessage<Error>(HasSubstr("expected a numpy array, got a dict")));
}

TEST(InitStatesTest, RefusesOtherShapesTypesAndNumbers) {
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}";
  };
  const std::string zeros(16, '\0');
  const std::string expected = "expected a non-empty (N, D) array of f64, got ";
  EXPECT_EQ(ErrorOfNpz(header("<f8", "(2, 1)"), zeros), "no error");
  EXPECT_THAT(ErrorOfNpz(header("<f4", "(2, 2)"), zeros), HasSubstr(expected + "(2, 2) of f32"));
  EXPECT_THAT(ErrorOfNpz(header("<f8", "(2,)"), zeros), HasSubstr(expected + "(2,) of f64"));
  EXPECT_THAT(ErrorOfNpz(header("<f8", "(0, 5)"), ""), HasSubstr(expected + "(0, 5) of f64"));

  const std::string nan = Little(0x7ff8000000000000, 8);
  EXPECT_THAT(ErrorOfNpz(header("<f8", "(2, 1)"), zeros.substr(8) + nan),
              HasSubstr("expected finite numbers, got nan in row 1, column 0"));
}

TEST(InitStatesTest, ReadsAllPublishedFiles) {
  ASSERT_TRUE(fs::exists(kPublished)) << kPublished << " is not there; run ./libero once";
  const std::vector<fs::path> paths = ListFiles(kPublished, ".npz");
  EXPECT_GE(paths.size(), 290U);  // one for each of the tasks; some suites have more
  for (const fs::path& path : paths) {
    if (kEmpty.contains(fs::relative(path, kPublished).string())) {
      EXPECT_THAT([&] { (void)LoadInitStates(path.string()); },
                  ThrowsMessage<Error>(HasSubstr("expected a non-empty (N, D) array")));
      continue;
    }
    const InitStates states = LoadInitStates(path.string());
    // at least the arm, the gripper and one free body: 9 + 7 qpos, 9 + 6 qvel
    EXPECT_GE(states.state_size(), 1 + 16 + 15) << path;
  }
}

TEST(InitStatesTest, OfficialFilesHoldThePublishedBytes) {
  ASSERT_TRUE(fs::exists(kOfficial)) << kOfficial << " is not there; run ./libero once";
  const std::vector<fs::path> paths = ListFiles(kOfficial, ".pruned_init");
  EXPECT_EQ(paths.size(), 130U);
  for (const fs::path& path : paths) {
    const fs::path published = kPublished / fs::relative(path, kOfficial).concat(".npz");
    EXPECT_TRUE(AreIdentical(LoadInitStates(path.string()), LoadInitStates(published.string())))
        << path;
  }
}

}  // namespace
}  // namespace libero
