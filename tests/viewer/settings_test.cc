#include "viewer/settings.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/test_folder.h"

namespace libero {
namespace {

TEST(SettingsTest, ComeBackAsTheyWereWritten) {
  const TestFolder folder;
  Settings settings;
  settings.is_dark = false;
  settings.sidebar_width = 512;
  settings.camera = "birdview";
  settings.panels = {{"Goal", false}, {"Contacts", true}};
  WriteSettings(folder / "new" / "viewer.json", settings);
  const Settings read = ReadSettings(folder / "new" / "viewer.json");
  EXPECT_FALSE(read.is_dark);
  EXPECT_EQ(read.sidebar_width, 512);
  EXPECT_EQ(read.camera, "birdview");
  EXPECT_EQ(read.panels, settings.panels);
}

TEST(SettingsTest, IgnoreWhatMakesNoSense) {
  const TestFolder folder;
  EXPECT_TRUE(ReadSettings(folder / "none.json").is_dark);
  std::ofstream(folder / "viewer.json") << R"({"dark": "yes", "zoom": 900, "panels": [1]})";
  const Settings read = ReadSettings(folder / "viewer.json");
  EXPECT_TRUE(read.is_dark);
  EXPECT_EQ(read.zoom, 4) << "the largest";
  EXPECT_TRUE(read.panels.empty());
  std::ofstream(folder / "viewer.json") << "{\"dark\": fal";
  EXPECT_TRUE(ReadSettings(folder / "viewer.json").is_dark);
}

}  // namespace
}  // namespace libero
