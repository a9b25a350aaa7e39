#include "sim/cpu_renderer/mip_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr int kLargestPicture = 1 << (kMaxMipLevels - 1);  // texels
constexpr size_t kLineTexels = 16;                         // levels start at multiples of 64 bytes

// Where a new texel's centre lies between two old ones.
struct Tap {
  int first = 0, second = 0;
  uint32_t weight = 0;  // of the second, in 1/256
};

std::vector<Tap> Taps(int size, int halved) {
  std::vector<Tap> taps(static_cast<size_t>(halved));
  for (int i = 0; i < halved; ++i) {
    const float center = (static_cast<float>(i) + 0.5F) / static_cast<float>(halved);
    const auto fixed = static_cast<int>(std::lrint(center * static_cast<float>(size * 256))) - 128;
    const int first = fixed >> 8;
    taps[static_cast<size_t>(i)] = {std::clamp(first, 0, size - 1),
                                    std::clamp(first + 1, 0, size - 1),
                                    static_cast<uint32_t>(fixed & 255)};
  }
  return taps;
}

// The mean of each byte, rounded up.
inline uint32_t Mean(uint32_t a, uint32_t b) {
  return (a | b) - (((a ^ b) & 0xFEFEFEFEU) >> 1);
}

// a + (b - a)·weight/256 of each byte, rounded half up; two bytes at a time.
inline uint32_t Blend(uint32_t a, uint32_t b, uint32_t weight) {
  constexpr uint32_t kBytes = 0x00FF00FFU;
  const uint32_t low = (a & kBytes) * (256 - weight) + (b & kBytes) * weight + 0x00800080U;
  const uint32_t high =
      (a >> 8 & kBytes) * (256 - weight) + (b >> 8 & kBytes) * weight + 0x00800080U;
  return (low >> 8 & kBytes) | (high & ~kBytes);
}

void HalveEven(const uint32_t* texels, int width, int height, uint32_t* halved) {
  for (int y = 0; y < height / 2; ++y) {
    const uint32_t* upper = texels + static_cast<ptrdiff_t>(2 * y) * width;
    const uint32_t* lower = upper + width;
    for (int x = 0; x < width / 2; ++x) {
      *halved++ = Mean(Mean(upper[2 * x], upper[2 * x + 1]), Mean(lower[2 * x], lower[2 * x + 1]));
    }
  }
}

// The texels of one face of a source as whole words.
std::vector<uint32_t> UnpackFace(const TextureSource& source, int face) {
  const size_t count = static_cast<size_t>(source.width) * static_cast<size_t>(source.height);
  const auto channels = static_cast<size_t>(source.num_channels);
  const uint8_t* bytes =
      source.texels + (source.repeats_face ? 0 : static_cast<size_t>(face) * count * channels);
  std::vector<uint32_t> texels(count);
  for (size_t i = 0; i < count; ++i, bytes += channels) {
    const uint32_t alpha = channels == 4 ? bytes[3] : 255U;
    texels[i] = bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | alpha << 24;
  }
  return texels;
}

struct Picture {
  int width = 0, height = 0;
  std::vector<uint32_t> texels;
};

Picture Halved(const Picture& picture) {
  Picture halved = {std::max(1, picture.width / 2), std::max(1, picture.height / 2), {}};
  halved.texels.resize(static_cast<size_t>(halved.width) * static_cast<size_t>(halved.height));
  HalvePicture(picture.texels, picture.width, picture.height, halved.texels);
  return halved;
}

size_t FaceTexels(const MipLevel& level) {
  return static_cast<size_t>(level.width + 2) * static_cast<size_t>(level.height + 2);
}

size_t LevelTexels(const MipLevel& level, int num_faces) {
  const size_t count = FaceTexels(level) * static_cast<size_t>(num_faces);
  return (count + kLineTexels - 1) / kLineTexels * kLineTexels;
}

// A level's texels while they are computed; x and y from -1 to the size.
class LevelWriter {
 public:
  LevelWriter(const MipLevel& level, uint32_t* texels) : level_(level), texels_(texels) {}

  uint32_t& at(int face, int x, int y) {
    return texels_[FaceTexels(level_) * static_cast<size_t>(face) +
                   static_cast<size_t>(y + 1) * static_cast<size_t>(level_.width + 2) +
                   static_cast<size_t>(x + 1)];
  }

  void CopyFace(int face, const std::vector<uint32_t>& picture) {
    for (int y = 0; y < level_.height; ++y) {
      std::copy_n(picture.data() + static_cast<ptrdiff_t>(y) * level_.width, level_.width,
                  &at(face, 0, y));
    }
  }

  // The frame of a picture that is repeated.
  void WrapFrame() {
    const int width = level_.width;
    const int height = level_.height;
    for (int y = 0; y < height; ++y) {
      at(0, -1, y) = at(0, width - 1, y);
      at(0, width, y) = at(0, 0, y);
    }
    std::copy_n(&at(0, -1, height - 1), width + 2, &at(0, -1, -1));
    std::copy_n(&at(0, -1, 0), width + 2, &at(0, -1, height));
  }

  // The frames of a cube's faces.
  void ConnectFaces();

 private:
  uint32_t Neighbour(int face, int u, int v);

  const MipLevel& level_;
  uint32_t* texels_;
};

using Axis = std::array<int, 3>;

// The directions in which a face of a cube lies and its texel coordinates grow.
// source: OpenGL 4.5 compatibility profile, table 8.19
struct CubeFace {
  Axis major, s, t;
};
constexpr CubeFace kCubeFaces[6] = {
    {{1, 0, 0}, {0, 0, -1}, {0, -1, 0}}, {{-1, 0, 0}, {0, 0, 1}, {0, -1, 0}},
    {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}},   {{0, -1, 0}, {1, 0, 0}, {0, 0, -1}},
    {{0, 0, 1}, {1, 0, 0}, {0, -1, 0}},  {{0, 0, -1}, {-1, 0, 0}, {0, -1, 0}},
};

int Dot(const Axis& a, const Axis& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// The texel on the other side of an edge of a face, at the point (u, v) of this edge; both from
// -size to size, one of them ±size.
uint32_t LevelWriter::Neighbour(int face, int u, int v) {
  const int size = level_.width;
  const CubeFace& from = kCubeFaces[face];
  Axis point{};
  for (size_t i = 0; i < 3; ++i) point[i] = from.major[i] * size + from.s[i] * u + from.t[i] * v;
  for (int other = 0; other < 6; ++other) {
    const CubeFace& to = kCubeFaces[other];
    if (Dot(to.major, from.major) == 0 && Dot(to.major, point) == size) {
      const auto texel = [&](const Axis& axis) {
        return std::clamp((Dot(axis, point) + size - 1) / 2, 0, size - 1);
      };
      return at(other, texel(to.s), texel(to.t));
    }
  }
  LIBERO_CHECK(false);
}

// The mean of each byte of three.
uint32_t Mean(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t mean = 0;
  for (int shift = 0; shift < 32; shift += 8) {
    const uint32_t sum = (a >> shift & 255) + (b >> shift & 255) + (c >> shift & 255);
    mean |= (sum + 1) / 3 << shift;
  }
  return mean;
}

void LevelWriter::ConnectFaces() {
  const int size = level_.width;
  for (int face = 0; face < 6; ++face) {
    for (int i = 0; i < size; ++i) {
      const int center = 2 * i + 1 - size;
      at(face, -1, i) = Neighbour(face, -size, center);
      at(face, size, i) = Neighbour(face, size, center);
      at(face, i, -1) = Neighbour(face, center, -size);
      at(face, i, size) = Neighbour(face, center, size);
    }
    for (const int x : {-1, size}) {
      for (const int y : {-1, size}) {
        const int inner_x = std::clamp(x, 0, size - 1);
        const int inner_y = std::clamp(y, 0, size - 1);
        at(face, x, y) =
            Mean(at(face, x, inner_y), at(face, inner_x, y), at(face, inner_x, inner_y));
      }
    }
  }
}

void CheckSource(const TextureSource& source) {
  const bool is_cube = source.num_faces == 6;
  if (source.width < 1 || source.height < 1 || source.width > kLargestPicture ||
      source.height > kLargestPicture || (is_cube && source.width != source.height) ||
      (!is_cube && (source.num_faces != 1 || source.repeats_face)) ||
      (source.num_channels != 3 && source.num_channels != 4) || source.texels == nullptr) {
    throw Error(
        fmt::format("no texture of {} pictures of {}×{} texels of {} channels can be drawn",
                    source.num_faces, source.width, source.height, source.num_channels),
        fmt::format("use one picture or the six square faces of a cube, of 3 or 4 channels, up to "
                    "{} wide",
                    kLargestPicture));
  }
}

}  // namespace

Texture LayOutMipChain(const TextureSource& source) {
  CheckSource(source);
  Texture layout;
  layout.width = source.width;
  layout.height = source.height;
  layout.num_faces = source.num_faces;
  int width = source.width;
  int height = source.height;
  size_t offset = 0;
  for (int level = 0;; ++level) {
    if (width > kWidestMipLevel) {
      layout.first_level = level + 1;
    } else {
      const auto slot = static_cast<size_t>(layout.num_levels++);
      layout.levels[slot] = {.width = width, .height = height};
      layout.level_offsets[slot] = static_cast<int32_t>(offset);
      offset += LevelTexels(layout.levels[slot], layout.num_faces);
    }
    if (width == 1 && height == 1) break;
    width = std::max(1, width / 2);
    height = std::max(1, height / 2);
  }
  return layout;
}

size_t MipChainTexels(const Texture& layout) {
  const auto last = static_cast<size_t>(layout.num_levels - 1);
  return static_cast<size_t>(layout.level_offsets[last]) +
         LevelTexels(layout.levels[last], layout.num_faces);
}

void PlaceMipChain(Texture& layout, const uint32_t* texels) {
  for (size_t i = 0; i < static_cast<size_t>(layout.num_levels); ++i) {
    layout.levels[i].texels = texels + layout.level_offsets[i];
  }
}

void HalvePicture(std::span<const uint32_t> texels, int width, int height,
                  std::span<uint32_t> halved) {
  if (width % 2 == 0 && height % 2 == 0) {
    HalveEven(texels.data(), width, height, halved.data());
    return;
  }
  const std::vector<Tap> columns = Taps(width, std::max(1, width / 2));
  const std::vector<Tap> rows = Taps(height, std::max(1, height / 2));
  uint32_t* next = halved.data();
  for (const Tap& row : rows) {
    const uint32_t* upper = texels.data() + static_cast<ptrdiff_t>(row.first) * width;
    const uint32_t* lower = texels.data() + static_cast<ptrdiff_t>(row.second) * width;
    for (const Tap& column : columns) {
      *next++ = Blend(Blend(upper[column.first], upper[column.second], column.weight),
                      Blend(lower[column.first], lower[column.second], column.weight), row.weight);
    }
  }
}

void FillMipChain(const TextureSource& source, const Texture& layout, std::span<uint32_t> texels) {
  LIBERO_CHECK(texels.size() == MipChainTexels(layout));
  std::ranges::fill(texels, 0);
  std::vector<LevelWriter> levels;
  for (size_t i = 0; i < static_cast<size_t>(layout.num_levels); ++i) {
    levels.emplace_back(layout.levels[i], texels.data() + layout.level_offsets[i]);
  }

  // the faces, one after another, each from its whole picture down
  for (int face = 0; face < source.num_faces; ++face) {
    if (face > 0 && source.repeats_face) break;
    Picture picture = {source.width, source.height, UnpackFace(source, face)};
    for (int i = 0; i < layout.first_level; ++i) picture = Halved(picture);
    for (LevelWriter& level : levels) {
      for (int copy = face; copy < (source.repeats_face ? 6 : face + 1); ++copy) {
        level.CopyFace(copy, picture.texels);
      }
      picture = Halved(picture);
    }
  }

  for (LevelWriter& level : levels) {
    if (layout.num_faces == 6) {
      level.ConnectFaces();
    } else {
      level.WrapFrame();
    }
  }
}

}  // namespace libero
