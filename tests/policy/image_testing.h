#pragma once

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/observation.h"
#include "tests/golden/frames.h"

namespace libero {

// What TensorFlow made of frames, see tests/golden/image_transform.py.
struct ReferenceFrame {
  std::string name;
  Image frame;
  std::vector<int> sizes;  // of the network's images
};

inline std::vector<ReferenceFrame> ReferenceFrames() {
  const std::filesystem::path golden = LIBERO_GOLDEN_DIR;
  return {
      {"noise", ReadPng(golden / "image_transform/noise.png"), {224}},
      {"libero_spatial_5_3",
       ReadPng(golden / "frames/libero_spatial_5_3_agentview.png"),
       {64, 112}},
      {"libero_90_75_1", ReadPng(golden / "frames/libero_90_75_1_agentview.png"), {64, 112}},
  };
}

// The image of `size` pixels a side in image_transform/NAME.z. Fails the test if it is not there.
inline Image ReadReference(const std::string& name, int size) {
  std::ifstream file(std::filesystem::path(LIBERO_GOLDEN_DIR) / "image_transform" / (name + ".z"),
                     std::ios::binary);
  const std::vector<char> packed(std::istreambuf_iterator<char>(file), {});
  Image image = {size, size, std::vector<uint8_t>(static_cast<size_t>(size) * size * 3)};
  uLongf num_bytes = image.rgb.size();
  EXPECT_EQ(uncompress(image.rgb.data(), &num_bytes, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()),
            Z_OK)
      << name;
  EXPECT_EQ(num_bytes, image.rgb.size()) << name;
  return image;
}

}  // namespace libero
