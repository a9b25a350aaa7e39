#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/cpu_renderer/texture.h"

namespace libero {

// Wider levels are left out of chains (texels): a frame of usual size shows them nowhere, and they
// would take most of the memory.
inline constexpr int kWidestMipLevel = 1300;

// The sizes of a picture's chain, without texels: `levels` has widths, heights and offsets only.
// Levels are half of the one before, rounded down, and at least 1, until 1×1; wider ones than
// kWidestMipLevel are left out. Throws Error if the source has no such chain (its size is not
// positive or above 2^15, its faces are not square, it has other than 3 or 4 channels, ...).
[[nodiscard]] Texture LayOutMipChain(const TextureSource& source);

// How many texels a chain needs: levels with their frames, each padded to 64 bytes.
[[nodiscard]] size_t MipChainTexels(const Texture& layout);

// Lets the levels of a layout point into these texels, which must be aligned to 64 bytes.
void PlaceMipChain(Texture& layout, const uint32_t* texels);

// Computes the texels (MipChainTexels) of a laid-out chain. Takes about 20 ms for 2048×2048.
void FillMipChain(const TextureSource& source, const Texture& layout, std::span<uint32_t> texels);

// Halves a picture, (height, width) to (max(1, height / 2), max(1, width / 2)), as glGenerateMipmap
// of Mesa's llvmpipe does: bilinear samples at the centres of the new texels, whose weights are
// multiples of 1/256, first along rows and then along columns, each rounded half up to whole
// values. For even sizes this is the mean of four, on average 1/2 too large. Equals llvmpipe's
// bytes, but for up to 0.1 % of large odd sizes, by 1, where its coordinates round differently.
// source: mesa@22.3.6:src/gallium/auxiliary/util/u_gen_mipmap.c (a blit from level to level),
// gallivm/lp_bld_sample_aos.c, gallivm/lp_bld_arit.c (the blit's filter)
void HalvePicture(std::span<const uint32_t> texels, int width, int height,
                  std::span<uint32_t> halved);

}  // namespace libero
