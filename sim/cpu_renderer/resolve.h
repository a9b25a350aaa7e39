#pragma once

#include <span>

#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/observation.h"

namespace libero {

// Writes fragments' colours to the samples that they cover.
void StoreColors(std::span<const Fragment> fragments, std::span<const uint32_t> colors,
                 SampleColors& samples);

// Lays colours over the samples, in the order of the fragments: alpha·color + (1 - alpha)·sample,
// rounded to 8 bits each time as OpenGL's GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA does.
void BlendColors(std::span<const Fragment> fragments, std::span<const uint32_t> colors, float alpha,
                 SampleColors& samples);

// Makes pixels of samples: their average. Pixels of other blocks stay. `image` has the mask's size.
void Resolve(const SampleColors& samples, const BlockMask& mask, Image& image);

}  // namespace libero
