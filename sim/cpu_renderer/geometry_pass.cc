#include "sim/cpu_renderer/geometry_pass.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/cpu_renderer/geometry_pass.cc"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "sim/cpu_renderer/clipping.h"
#include "sim/cpu_renderer/culling.h"
#include "sim/cpu_renderer/draw_batch-inl.h"
#include "sim/cpu_renderer/raster_stage-inl.h"
#include "sim/cpu_renderer/triangle_batch-inl.h"
#include "sim/cpu_renderer/vertex_stage-inl.h"

HWY_BEFORE_NAMESPACE();
namespace libero {
namespace HWY_NAMESPACE {
namespace {

// Edge functions of triangles within so many pixels fit their integers; a picture is at most 4096.
constexpr float kLargestExtent = 4352;

PictureBounds MakeBounds(const View& view) {
  const float margin = (kLargestExtent - static_cast<float>(std::max(view.width, view.height))) / 2;
  return {static_cast<float>(view.near_w), -margin,
          static_cast<float>(std::max(view.width, view.height)) + margin};
}

// Draws one item's clusters.
template <class Samples, class Sink>
class ItemRaster {
 public:
  ItemRaster(const GeometryPass& pass, const DrawItem& item, uint32_t item_index, Sink& sink)
      : pass_(pass),
        mesh_(*item.mesh),
        item_index_(item_index),
        sink_(sink),
        view_(MakeItemView(pass.view, item)),
        bounds_(MakeBounds(pass.view)),
        layout_(pass.mask),
        second_(view_.flips_faces ? 2 : 1),
        third_(view_.flips_faces ? 1 : 2) {}

  void Draw(FrameClusters& clusters) {
    const Culling culling(view_, pass_.view.near_w, pass_.mask);
    if (culling.HidesBox(mesh_.min, mesh_.max)) return;
    const Cluster* last = nullptr;  // drawn when the next one is on its way from memory
    for (const Cluster& cluster : mesh_.clusters) {
      if (culling.Hides(cluster)) continue;
      Fetch(cluster);
      if (last != nullptr) DrawCluster(*last, clusters);
      last = &cluster;
    }
    if (last != nullptr) DrawCluster(*last, clusters);
  }

 private:
  // Fetches from memory what DrawCluster reads.
  HWY_INLINE void Fetch(const Cluster& cluster) const {
    constexpr int kLine = 64;  // bytes
    for (const auto* axis : {&mesh_.x, &mesh_.y, &mesh_.z}) {
      const float* first = axis->data() + cluster.first_position;
      for (int i = 0; i < kClusterPositions; i += kLine / 4) hwy::Prefetch(first + i);
    }
    for (const auto& corners : mesh_.corner_position) {
      const uint8_t* first = corners.data() + cluster.first_triangle;
      hwy::Prefetch(first);
      hwy::Prefetch(first + cluster.num_triangles - 1);
    }
  }

  void DrawCluster(const Cluster& cluster, FrameClusters& clusters) {
    const size_t slot = clusters.num_slots;
    clusters.Reserve(slot + 1);
    const size_t from = cluster.first_position;
    TransformCluster(view_, bounds_, mesh_.x.data() + from, mesh_.y.data() + from,
                     mesh_.z.data() + from, picture_);
    sink_.has_drawn = false;
    const auto first_id = static_cast<TriangleId>((slot + 1) << kTriangleBits);
    if (picture_.needs_clipping) {
      DrawClipped(cluster, first_id);
    } else if (picture_.is_small) {
      DrawSmallCluster(cluster, first_id);
    } else {
      for (int t = 0; t < cluster.num_triangles; ++t) {
        DrawOne(cluster.first_triangle + static_cast<size_t>(t),
                first_id + static_cast<TriangleId>(t));
      }
    }
    if (!sink_.has_drawn) return;
    clusters.cluster[slot] = &cluster;
    clusters.item[slot] = item_index_;
    ++clusters.num_slots;
  }

  // Looks at all triangles, and then closer at those that may cover something.
  void DrawSmallCluster(const Cluster& cluster, TriangleId first_id) {
    batch_.Clear();
    Candidates& candidates = batch_.candidates;
    for (int i = 0; i < cluster.num_triangles; i += kLanes) {  // the padding has no area
      const size_t t = cluster.first_triangle + static_cast<size_t>(i);
      const IntVec corners[3] = {LoadIndices(mesh_.corner_position[0].data() + t),
                                 LoadIndices(mesh_.corner_position[second_].data() + t),
                                 LoadIndices(mesh_.corner_position[third_].data() + t)};
      SelectCandidates<Samples>(picture_, corners, i, pass_.mask, candidates);
    }
    hn::StoreU(hn::Zero(IntTag()), IntTag(), candidates.packed + candidates.num);
    for (int i = 0; i < candidates.num; i += kLanes) {
      SetUpLanes<Samples>(picture_, layout_, i, batch_);
    }
    for (int pixel = 0; pixel < 4; ++pixel) {
      DrawSmall<Samples>(batch_, pixel, first_id, pass_.mask, layout_, sink_);
    }
    DrawLarge<Samples>(batch_, first_id, pass_.mask, layout_, sink_);
  }

  HWY_NOINLINE void DrawOne(size_t triangle, TriangleId id) {
    const std::array<uint8_t, 3> corners = Corners(triangle);
    RasterTriangle t;
    for (size_t i = 0; i < 3; ++i) {
      t.x[i] = picture_.x[corners[i]];
      t.y[i] = picture_.y[corners[i]];
      t.exact_x[i] = picture_.exact_x[corners[i]];
      t.exact_y[i] = picture_.exact_y[corners[i]];
      t.inverse_w[i] = picture_.inverse_w[corners[i]];
    }
    t.id = id;
    DrawTriangle<Samples>(t, pass_.mask, layout_, sink_);
  }

  void DrawClipped(const Cluster& cluster, TriangleId first_id) {
    for (int t = 0; t < cluster.num_triangles; ++t) {
      const auto corners = Corners(cluster.first_triangle + static_cast<size_t>(t));
      ClipVertex triangle[3];
      for (size_t i = 0; i < 3; ++i) {
        const size_t at = cluster.first_position + corners[i];
        triangle[i] = {Row(view_.to_pixel.data(), at), Row(view_.to_pixel.data() + 4, at),
                       Row(view_.to_pixel.data() + 8, at), Row(view_.clip.data(), at)};
      }
      DrawPolygon(ClipTriangle(triangle, {bounds_.near_w, bounds_.min, bounds_.max}),
                  first_id + static_cast<TriangleId>(t));
    }
  }

  void DrawPolygon(const ClippedPolygon& polygon, TriangleId id) {
    for (int i = 2; i < polygon.num_vertices; ++i) {
      RasterTriangle t;
      const int corners[3] = {0, i - 1, i};
      for (int j = 0; j < 3; ++j) {
        const ClipVertex& v = polygon.vertices[static_cast<size_t>(corners[j])];
        t.inverse_w[j] = 1.0F / v.w;
        t.exact_x[j] = v.x * t.inverse_w[j] * kSubpixels;
        t.exact_y[j] = v.y * t.inverse_w[j] * kSubpixels;
        t.x[j] = static_cast<int32_t>(std::lrintf(t.exact_x[j]));
        t.y[j] = static_cast<int32_t>(std::lrintf(t.exact_y[j]));
      }
      t.id = id;
      DrawTriangle<Samples>(t, pass_.mask, layout_, sink_);
    }
  }

  // A triangle's corners, counter-clockwise in the picture if its front is seen.
  std::array<uint8_t, 3> Corners(size_t triangle) const {
    return {mesh_.corner_position[0][triangle], mesh_.corner_position[second_][triangle],
            mesh_.corner_position[third_][triangle]};
  }

  // row·(p, 1), as AffineRow.
  float Row(const float* row, size_t position) const {
    return row[0] * mesh_.x[position] + row[1] * mesh_.y[position] + row[2] * mesh_.z[position] +
           row[3];
  }

  const GeometryPass& pass_;
  const ClusterMesh& mesh_;
  uint32_t item_index_;
  Sink& sink_;
  ItemView view_;
  PictureBounds bounds_;
  SampleLayout layout_;
  size_t second_, third_;  // which corner comes second and third
  PictureCluster picture_;
  TriangleBatch batch_;
};

template <class Sink>
void DrawItems(const GeometryPass& pass, Sink& sink, FrameClusters& clusters) {
  for (size_t i = 0; i < pass.items.size(); ++i) {
    if (Sink::kSkipsInvisible && pass.items[i].rgba[3] <= 0) continue;
    const uint32_t index = pass.first_item + static_cast<uint32_t>(i);
    if (pass.pattern == SamplePattern::kFour) {
      ItemRaster<FourSamples, Sink>(pass, pass.items[i], index, sink).Draw(clusters);
    } else {
      ItemRaster<CenterSample, Sink>(pass, pass.items[i], index, sink).Draw(clusters);
    }
  }
}

void DrawOpaqueItems(const GeometryPass& pass, VisibilityBuffer& buffer, FrameClusters& clusters) {
  OpaqueSink sink{buffer.inverse_depth.data(), buffer.triangle.data()};
  DrawItems(pass, sink, clusters);
}

void DrawTransparentItems(const GeometryPass& pass, const VisibilityBuffer& buffer,
                          FrameClusters& clusters, std::vector<Fragment>& fragments) {
  FragmentSink sink{buffer.inverse_depth.data(), pass.mask, fragments};
  DrawItems(pass, sink, clusters);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace libero
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace libero {

HWY_EXPORT(DrawOpaqueItems);
HWY_EXPORT(DrawTransparentItems);

void DrawOpaque(const GeometryPass& pass, VisibilityBuffer& buffer, FrameClusters& clusters) {
  HWY_DYNAMIC_DISPATCH(DrawOpaqueItems)(pass, buffer, clusters);
}

void DrawTransparent(const GeometryPass& pass, const VisibilityBuffer& buffer,
                     FrameClusters& clusters, std::vector<Fragment>& fragments) {
  HWY_DYNAMIC_DISPATCH(DrawTransparentItems)(pass, buffer, clusters, fragments);
}

}  // namespace libero
#endif  // HWY_ONCE
