#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace libero {

// One size of a picture. Texels are R | G << 8 | B << 16 | A << 24, row by row as MuJoCo's
// tex_data; the faces of a cube follow each other in OpenGL's order (+x, -x, +y, -y, +z, -z). Each
// face has a frame, one texel wide, of what filters see beyond its edges: the opposite edges, or
// the neighbouring faces' edges for cubes, and at their corners the mean of the three that meet.
struct MipLevel {
  int width = 0;  // of a face, without its frame
  int height = 0;
  const uint32_t* texels = nullptr;  // (faces, height + 2, width + 2), aligned to 64 bytes
};

inline constexpr int kMaxMipLevels = 16;

// A picture in all its sizes, each half of the one before, down to 1×1. The largest ones, which
// frames of usual sizes cannot show, may be missing. Immutable; shared by renderers.
struct Texture {
  int width = 0;  // of the whole picture (of a face), which may be larger than levels[0]
  int height = 0;
  int num_faces = 1;    // 6: a cube
  int first_level = 0;  // levels[0] is the whole picture halved this many times
  int num_levels = 0;
  MipLevel levels[kMaxMipLevels];
  int32_t level_offsets[kMaxMipLevels] = {};  // levels[i].texels - levels[0].texels
  std::shared_ptr<const void> storage;        // keeps the texels
};

// A texture of a model; see mjModel::tex_data.
struct TextureSource {
  int width = 0;
  int height = 0;  // of one face
  int num_channels = 3;
  int num_faces = 1;
  bool repeats_face = false;        // the cube's faces are all the one that is given
  const uint8_t* texels = nullptr;  // (faces, height, width, channels)
};

}  // namespace libero
