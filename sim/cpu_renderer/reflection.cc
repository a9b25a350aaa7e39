#include "sim/cpu_renderer/reflection.h"

#include <algorithm>

namespace libero {
namespace {

// Sums of bytes, up to 255.
uint32_t AddSaturating(uint32_t a, uint32_t b) {
  uint32_t sum = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    sum |= std::min((a >> shift & 255U) + (b >> shift & 255U), 255U) << shift;
  }
  return sum;
}

bool IsOnFront(const DrawItem& item, const Cluster& cluster, uint32_t triangle) {
  const ClusterMesh& mesh = *item.mesh;
  const size_t corner = mesh.corner_attributes[cluster.first_triangle + triangle][0];
  return mesh.normals[cluster.first_attribute + corner][2] > 0.5F;
}

}  // namespace

size_t CountReflectorItems(std::span<const DrawItem> opaque, const Reflector& reflector) {
  size_t num = 0;
  while (num < opaque.size() && opaque[num].geom_index == reflector.geom_index) ++num;
  return num;
}

void FindReflectorSamples(std::span<const DrawItem> opaque, const Reflector& reflector,
                          const FragmentList& fragments, const FrameClusters& clusters,
                          const BlockMask& mask, ReflectorSamples& found) {
  found.mask.Resize(mask.width, mask.height);
  found.mask.ClearAll();
  const size_t width = static_cast<size_t>(mask.num_columns) * kBlockSize;
  found.bits.assign(width * static_cast<size_t>(mask.num_rows) * kBlockSize, 0);
  const size_t num_items = CountReflectorItems(opaque, reflector);
  for (size_t item = 0; item < num_items; ++item) {
    for (const Fragment& fragment : fragments.of_item(item)) {
      const Cluster& cluster = *clusters.cluster[SlotOf(fragment.triangle)];
      if (!IsOnFront(opaque[item], cluster, TriangleOf(fragment.triangle))) continue;
      const auto x = static_cast<int>(fragment.pixel & 4095U);
      const auto y = static_cast<int>(fragment.pixel >> 12 & 4095U);
      found.bits[static_cast<size_t>(y) * width + static_cast<size_t>(x)] |=
          static_cast<uint8_t>(fragment.pixel >> 24);
      found.mask.AddPixels(x, y, x + 1, y + 1);
    }
  }
}

void AddReflection(const ReflectorSamples& where, const SampleColors& reflection,
                   SampleColors& samples) {
  const BlockMask& mask = where.mask;
  const auto width = static_cast<size_t>(samples.width);
  const auto end_x = static_cast<size_t>(mask.end_column) * kBlockSize;
  for (auto y = static_cast<size_t>(mask.first_row) * kBlockSize;
       y < static_cast<size_t>(mask.end_row) * kBlockSize; ++y) {
    for (auto x = static_cast<size_t>(mask.first_column) * kBlockSize; x < end_x; ++x) {
      const size_t pixel = y * width + x;
      for (size_t s = 0; s < kNumSamples; ++s) {
        if (!(where.bits[pixel] >> s & 1U)) continue;
        uint32_t& sample = samples.texels[pixel * kNumSamples + s];
        sample = AddSaturating(sample, reflection.texels[pixel * kNumSamples + s]);
      }
    }
  }
}

}  // namespace libero
