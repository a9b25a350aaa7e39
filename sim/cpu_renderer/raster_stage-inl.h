// Which samples a triangle covers, for code that Highway compiles once for each instruction set
// (which is why the include guard is unusual; see hwy/foreach_target.h).
#if defined(LIBERO_RASTER_STAGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIBERO_RASTER_STAGE_INL_H_
#undef LIBERO_RASTER_STAGE_INL_H_
#else
#define LIBERO_RASTER_STAGE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdlib>

#include "sim/cpu_renderer/block_planes-inl.h"
#include "sim/cpu_renderer/frame_buffers.h"
#include "sim/cpu_renderer/sample_pattern-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One triangle, counter-clockwise.
struct RasterTriangle {
  int32_t x[3], y[3];            // pixels · 256, rounded
  float exact_x[3], exact_y[3];  // not rounded
  float inverse_w[3];
  TriangleId id = 0;
};

// The planes and edges of one triangle.
struct TriangleSetup {
  int64_t dx[3], dy[3], constant[3];  // inside: dx·y - dy·x + constant >= 0
  // the plane of 1/W: at a point, and its change along x and y
  float depth_at = 0, at_x = 0, at_y = 0;
  float depth_x = 0, depth_y = 0;
};

// The plane of 1/W is taken from exact corners where the triangle has at least this area, half a
// pixel, and at least half of it after rounding: rounded corners are up to 1/512 pixel off, by
// which surfaces at the same place would show through each other. Smaller ones' planes and slivers'
// are surer with the corners that decide what they cover. (Areas are twice as large, and · 256².)
inline constexpr float kSmallestExactArea = 256.0F * 256;
inline constexpr float kSmallestAreaRatio = 0.5F;

HWY_INLINE bool SetUp(const RasterTriangle& t, TriangleSetup& setup) {
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3;
    setup.dx[i] = t.x[j] - t.x[i];
    setup.dy[i] = t.y[j] - t.y[i];
    const bool owns_edge = setup.dy[i] < 0 || (setup.dy[i] == 0 && setup.dx[i] > 0);
    setup.constant[i] = setup.dy[i] * t.x[i] - setup.dx[i] * t.y[i] - (owns_edge ? 0 : 1);
  }
  const int64_t area = setup.dx[0] * -setup.dy[2] + setup.dx[2] * setup.dy[0];
  if (area <= 0) return false;
  setup.depth_at = t.inverse_w[0];
  setup.at_x = t.exact_x[0];
  setup.at_y = t.exact_y[0];
  double x1 = double{t.exact_x[1]} - setup.at_x;
  double y1 = double{t.exact_y[1]} - setup.at_y;
  double x2 = double{t.exact_x[2]} - setup.at_x;
  double y2 = double{t.exact_y[2]} - setup.at_y;
  const auto rounded_area = static_cast<double>(area);
  const bool is_exact =
      rounded_area >= kSmallestExactArea && x1 * y2 - x2 * y1 >= kSmallestAreaRatio * rounded_area;
  if (!is_exact) {
    setup.at_x = static_cast<float>(t.x[0]);
    setup.at_y = static_cast<float>(t.y[0]);
    x1 = static_cast<double>(setup.dx[0]);
    y1 = static_cast<double>(setup.dy[0]);
    x2 = static_cast<double>(-setup.dx[2]);
    y2 = static_cast<double>(-setup.dy[2]);
  }
  const double w1 = double{t.inverse_w[1]} - t.inverse_w[0];
  const double w2 = double{t.inverse_w[2]} - t.inverse_w[0];
  const double exact_area = x1 * y2 - x2 * y1;
  setup.depth_x = static_cast<float>((w1 * y2 - w2 * y1) / exact_area);
  setup.depth_y = static_cast<float>((w2 * x1 - w1 * x2) / exact_area);
  return true;
}

// The edges of one triangle along a row of blocks: values at the centre of the first one, how much
// less they are at the next, and how far those at samples can be from those at the centre.
struct EdgeRow {
  int64_t values[3];
  int64_t steps[3];
  int64_t reach[3];
  double inverse_steps[3];  // 0 if the step is
};

// Blocks of a row.
struct ColumnRange {
  int first = 0;
  int end = 0;
};

// The blocks among the first `num` that the triangle may touch: values[e] + reach[e] >= steps[e]·i
// for all edges e. Next to them there may be some that it does not.
HWY_INLINE ColumnRange FindColumns(const EdgeRow& edges, int num) {
  constexpr double kMargin = 1e-3;  // far more than rounding
  double first = 0;
  double last = num - 1;
  for (int e = 0; e < 3; ++e) {
    const int64_t highest = edges.values[e] + edges.reach[e];
    const double bound = static_cast<double>(highest) * edges.inverse_steps[e];
    if (edges.steps[e] > 0) {
      last = std::min(last, bound + kMargin);
    } else if (edges.steps[e] < 0) {
      first = std::max(first, bound - kMargin);
    } else if (highest < 0) {
      last = -1;
    }
  }
  if (last < first) return {};
  return {static_cast<int>(first), static_cast<int>(last) + 1};
}

// Draws a triangle of any size whose corners are within PictureBounds.
template <class Samples, class Sink>
HWY_INLINE void DrawTriangle(const RasterTriangle& t, const BlockMask& mask,
                             const SampleLayout& layout, Sink& sink) {
  const int min_x = std::min(t.x[0], std::min(t.x[1], t.x[2]));
  const int max_x = std::max(t.x[0], std::max(t.x[1], t.x[2]));
  const int min_y = std::min(t.y[0], std::min(t.y[1], t.y[2]));
  const int max_y = std::max(t.y[0], std::max(t.y[1], t.y[2]));
  const int first_column = std::max(min_x >> kBlockShift, mask.first_column);
  const int end_column = std::min((max_x >> kBlockShift) + 1, mask.end_column);
  const int first_row = std::max(min_y >> kBlockShift, mask.first_row);
  const int end_row = std::min((max_y >> kBlockShift) + 1, mask.end_row);
  if (first_column >= end_column || first_row >= end_row) return;
  TriangleSetup setup;
  if (!SetUp(t, setup)) return;
  int32_t dx[3], dy[3];
  EdgeRow edges;
  for (int e = 0; e < 3; ++e) {
    dx[e] = static_cast<int32_t>(setup.dx[e]);
    dy[e] = static_cast<int32_t>(setup.dy[e]);
    edges.steps[e] = setup.dy[e] * kBlock;
    edges.inverse_steps[e] = dy[e] == 0 ? 0 : 1 / static_cast<double>(edges.steps[e]);
    edges.reach[e] = (std::abs(setup.dx[e]) + std::abs(setup.dy[e])) * kBlockReach;
  }
  const BlockPlanes<Samples> planes(dx, dy, setup.depth_x, setup.depth_y, t.id);
  for (int row = first_row; row < end_row; ++row) {
    const int64_t y = int64_t{row} * kBlock + kBlock / 2;
    const int64_t first_x = int64_t{first_column} * kBlock + kBlock / 2;
    for (int e = 0; e < 3; ++e) {
      edges.values[e] = setup.dx[e] * y - setup.dy[e] * first_x + setup.constant[e];
    }
    const ColumnRange columns = FindColumns(edges, end_column - first_column);
    for (int i = columns.first; i < columns.end; ++i) {
      const int column = first_column + i;
      if (!mask.is_drawn[static_cast<size_t>(row * mask.num_columns + column)]) continue;
      int32_t values[3];
      for (int e = 0; e < 3; ++e) {
        const int64_t value = edges.values[e] - edges.steps[e] * i;
        values[e] = static_cast<int32_t>(std::clamp(value, -edges.reach[e] - 1, edges.reach[e]));
      }
      const int64_t x = int64_t{column} * kBlock + kBlock / 2;
      const float depth = setup.depth_at + (setup.depth_x * (static_cast<float>(x) - setup.at_x) +
                                            setup.depth_y * (static_cast<float>(y) - setup.at_y));
      planes.Draw(layout, column, row, values, depth, sink);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#endif  // include guard
