#include "tests/golden/frames.h"

#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace libero {

Recording ReadRecording() {
  const std::filesystem::path folder = std::filesystem::path(LIBERO_GOLDEN_DIR) / "frames";
  std::ifstream stream(folder / "frames.json");
  const auto json = nlohmann::json::parse(stream);
  const auto& gl = json.at("gl");
  Recording recording = {{gl.at("vendor"), gl.at("renderer"), gl.at("version")}, {}};
  for (const auto& frame : json.at("frames")) {
    RecordedState state = {.suite = frame.at("suite"),
                           .task_index = frame.at("task"),
                           .init = frame.at("init"),
                           .qpos = {},
                           .frames = {}};
    for (const auto& [index, value] : frame.at("qpos").items())
      state.qpos[std::stoi(index)] = value;
    // the frames of a state follow one another
    const bool is_new = recording.states.empty() || [&] {
      const RecordedState& last = recording.states.back();
      return last.suite != state.suite || last.task_index != state.task_index ||
             last.init != state.init || last.qpos != state.qpos;
    }();
    if (is_new) recording.states.push_back(std::move(state));
    recording.states.back().frames.push_back(
        {frame.at("camera"), ReadPng(folder / frame.at("file").get<std::string>())});
  }
  return recording;
}

double MaxMeanDifference(const Recording& recording, const std::string& description) {
  return description.ends_with(Describe(recording.gl)) ? 0 : 8;
}

Image ReadPng(const std::filesystem::path& path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path.c_str()) == 0) {
    ADD_FAILURE() << path << ": " << png.message;
    return {};
  }
  EXPECT_EQ(png.format & (PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_LINEAR), 0U);
  png.format = PNG_FORMAT_RGB;
  Image image = {static_cast<int>(png.width), static_cast<int>(png.height), {}};
  image.rgb.resize(PNG_IMAGE_SIZE(png));
  EXPECT_NE(png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr), 0) << png.message;
  return image;
}

Image Flipped(const Image& image) {
  Image flipped = image;
  const ptrdiff_t row_size = 3 * static_cast<ptrdiff_t>(image.width);
  for (ptrdiff_t row = 0; row < image.height; ++row) {
    std::copy_n(image.rgb.begin() + row * row_size, row_size,
                flipped.rgb.end() - (row + 1) * row_size);
  }
  return flipped;
}

ImageDifference Compare(const Image& a, const Image& b) {
  if (a.rgb.size() != b.rgb.size()) return {std::max(a.rgb.size(), b.rgb.size()), 255};
  ImageDifference difference;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const int distance = std::abs(int{a.rgb[i]} - int{b.rgb[i]});
    if (distance != 0) ++difference.num_bytes;
    difference.mean += distance;
  }
  difference.mean /= static_cast<double>(std::max<size_t>(a.rgb.size(), 1));
  return difference;
}

}  // namespace libero
