#include "viewer/view_command.h"

#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

class ViewCommandTest : public testing::Test {
 protected:
  ViewCommandTest() {
    options_.data_root = LIBERO_DEPS_DIR;
    options_.cache_folder = LIBERO_TEST_CACHE_DIR;
    options_.renderer.name = "cpu";
    options_.suite = "goal";
    options_.task = "0";
    options_.size = "480x320";
    options_.screenshot = folder_ / "picture.png";
  }
  void ExpectError(const std::string& part) {
    EXPECT_THAT([&] { (void)RunViewCommand(options_, out_); },
                testing::ThrowsMessage<Error>(testing::HasSubstr(part)));
    EXPECT_FALSE(std::filesystem::exists(*options_.screenshot));
  }

  TestFolder folder_;
  ViewOptions options_;
  std::ostringstream out_;
};

TEST_F(ViewCommandTest, DrawsTheWindowIntoAFileWithoutADisplay) {
  unsetenv("DISPLAY");
  options_.step = 2;
  EXPECT_EQ(RunViewCommand(options_, out_), 0);
  EXPECT_THAT(out_.str(), testing::HasSubstr("480×320, step 2 of libero_goal 0, policy expert"));
  EXPECT_GT(std::filesystem::file_size(*options_.screenshot), 20000) << "more than a plain ground";
}

TEST_F(ViewCommandTest, RefusesBadOptions) {
  options_.panels = "Goal,Contact";
  ExpectError("Contacts");
  options_.panels = "";
  options_.step = -1;
  ExpectError("--step");
  options_.step = 0;
  options_.init = 50;
  ExpectError("50");
  options_.init = 0;
  options_.policy = "expart";
  ExpectError("did you mean 'expert'?");
  options_.policy = "expert";
  options_.size = "big";
  ExpectError("big");
}

}  // namespace
}  // namespace libero
