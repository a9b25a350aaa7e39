#include "sim/cpu_renderer/frame_painter.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "sim/base/check.h"
#include "sim/cpu_renderer/dirty_blocks.h"
#include "sim/cpu_renderer/fragment_list.h"
#include "sim/cpu_renderer/geometry_pass.h"
#include "sim/cpu_renderer/reflection.h"
#include "sim/cpu_renderer/resolve.h"
#include "sim/cpu_renderer/shading.h"

namespace libero {
namespace {

// What is drawn of one list of items.
struct Layer {
  FrameClusters clusters;
  FragmentList fragments;
  LitVertices vertices;
};

// What a pass over the scene draws, from the camera or in the mirror.
struct Scene {
  const View& view;
  std::span<const DrawItem> opaque;
  std::span<const DrawItem> transparent;
  std::span<const DrawLight> lights;
  const Texture* skybox = nullptr;
  float color_scale = 1;
  const BlockMask& mask;
  std::span<const uint8_t> only = {};  // samples; empty: all. See CollectFragments
};

// The memory of a pass.
struct PassBuffers {
  VisibilityBuffer visibility;
  Layer opaque;
  Layer transparent;
  std::vector<Fragment> transparent_fragments;
  std::vector<uint32_t> colors;
  SampleColors samples;
};

void PaintOpaque(const Scene& scene, PassBuffers& buffers) {
  auto& [clusters, fragments, vertices] = buffers.opaque;
  clusters.Clear();
  buffers.visibility.Clear(scene.mask);
  DrawOpaque({.view = scene.view, .items = scene.opaque, .mask = scene.mask}, buffers.visibility,
             clusters);
  const size_t num_items = scene.opaque.size();
  CollectFragments(buffers.visibility, scene.mask, clusters, num_items, scene.only, fragments);
  const ShadingPass shading{scene.view, scene.opaque, scene.lights, clusters, scene.color_scale};
  buffers.samples.Resize(scene.mask);
  for (size_t item = 0; item < num_items; ++item) {
    const auto of_item = fragments.of_item(item);
    if (of_item.empty()) continue;
    LightVertices(shading, item, fragments.visible_triangles, vertices);
    ShadeFragments(scene.opaque[item], vertices, of_item, buffers.colors);
    StoreColors(of_item, buffers.colors, buffers.samples);
  }
  const auto background = fragments.of_item(num_items);
  ShadeBackground(scene.view, scene.skybox, background, buffers.colors);
  StoreColors(background, buffers.colors, buffers.samples);
}

// Leaves only those samples of fragments that are in `only`.
void Restrict(std::span<const uint8_t> only, int width, std::vector<Fragment>& fragments) {
  for (Fragment& fragment : fragments) {
    const size_t x = fragment.pixel & 4095U;
    const size_t y = fragment.pixel >> 12 & 4095U;
    const uint32_t wanted = only[y * static_cast<size_t>(width) + x];
    fragment.pixel &= wanted << 24 | 0xFFFFFFU;
  }
}

// Front to back and then back to front, as MuJoCo does.
void PaintTransparent(const Scene& scene, PassBuffers& buffers) {
  auto& [clusters, fragments, vertices] = buffers.transparent;
  clusters.Clear();
  buffers.transparent_fragments.clear();
  DrawTransparent({.view = scene.view, .items = scene.transparent, .mask = scene.mask},
                  buffers.visibility, clusters, buffers.transparent_fragments);
  if (buffers.transparent_fragments.empty()) return;
  if (!scene.only.empty()) {
    Restrict(scene.only, buffers.samples.width, buffers.transparent_fragments);
  }
  const size_t num_items = scene.transparent.size();
  SortFragments(buffers.transparent_fragments, clusters, num_items, fragments);
  const ShadingPass shading{scene.view, scene.transparent, scene.lights, clusters,
                            scene.color_scale};
  const auto paint = [&](size_t item) {
    const auto of_item = fragments.of_item(item);
    if (of_item.empty()) return;
    LightVertices(shading, item, fragments.visible_triangles, vertices);
    ShadeFragments(scene.transparent[item], vertices, of_item, buffers.colors);
    BlendColors(of_item, buffers.colors, std::min(scene.transparent[item].rgba[3], 1.0F),
                buffers.samples);
  };
  for (size_t item = 0; item < num_items; ++item) paint(item);
  for (size_t item = num_items; item-- > 0;) paint(item);
}

// Rows of blocks at which to cut the picture, so that each of `num_bands` has about as many that
// are drawn; num_bands + 1 of them.
std::vector<int> SplitRows(const BlockMask& mask, int num_bands) {
  std::vector<int> drawn(static_cast<size_t>(mask.num_rows) + 1);  // in the rows before
  for (int row = 0; row < mask.num_rows; ++row) {
    const auto begin = mask.is_drawn.begin() + static_cast<ptrdiff_t>(row) * mask.num_columns;
    drawn[static_cast<size_t>(row) + 1] =
        drawn[static_cast<size_t>(row)] +
        static_cast<int>(std::count(begin, begin + mask.num_columns, uint8_t{1}));
  }
  std::vector<int> rows = {0};
  for (int band = 1; band < num_bands; ++band) {
    const int before = static_cast<int>(int64_t{drawn.back()} * band / num_bands);
    rows.push_back(static_cast<int>(std::ranges::lower_bound(drawn, before) - drawn.begin()));
  }
  rows.push_back(mask.num_rows);
  return rows;
}

}  // namespace

// What draws a band of the picture: one thread's.
struct FramePainter::Band {
  PassBuffers main;
  PassBuffers mirrored;
  ReflectorSamples reflector;
  BlockMask mask;
  std::exception_ptr error;  // of a thread that painted it

  void PaintReflection(const DrawList& list, const View& view);
  void Paint(const DrawList& list, Image& image);
};

void FramePainter::Band::PaintReflection(const DrawList& list, const View& view) {
  FindReflectorSamples(list.opaque, *list.reflector, main.opaque.fragments, main.opaque.clusters,
                       mask, reflector);
  if (!reflector.mask.any()) return;
  const View mirrored_view = MakeMirroredView(view, *list.reflector);
  const std::span<const DrawItem> opaque = list.opaque;
  const Scene scene{.view = mirrored_view,
                    .opaque = opaque.subspan(CountReflectorItems(opaque, *list.reflector)),
                    .transparent = list.transparent,
                    .lights = list.lights,
                    .color_scale = list.reflector->reflectance,
                    .mask = reflector.mask,
                    .only = reflector.bits};
  PaintOpaque(scene, mirrored);
  PaintTransparent(scene, mirrored);
  AddReflection(reflector, mirrored.samples, main.samples);
}

// Draws the blocks of `mask`.
void FramePainter::Band::Paint(const DrawList& list, Image& image) {
  const View view = MakeView(list.camera, image.width, image.height);
  const Scene scene{.view = view,
                    .opaque = list.opaque,
                    .transparent = list.transparent,
                    .lights = list.lights,
                    .skybox = list.skybox,
                    .mask = mask};
  PaintOpaque(scene, main);
  if (list.reflector) PaintReflection(list, view);
  PaintTransparent(scene, main);
  Resolve(main.samples, mask, image);
}

FramePainter::FramePainter(int num_threads) {
  LIBERO_CHECK(num_threads >= 1);
  for (int i = 0; i < num_threads; ++i) bands_.push_back(std::make_unique<Band>());
  // the caller's thread draws a band, too
  if (num_threads > 1) threads_ = std::make_unique<ThreadPool>(num_threads - 1);
}

FramePainter::~FramePainter() = default;

// Draws the blocks of mask_: as many to each thread, in bands of whole rows. Pixels do not depend
// on others, so the bytes are the same for any number of bands.
void FramePainter::PaintBlocks(const DrawList& list, Image& image) {
  if (bands_.size() == 1) {
    bands_[0]->mask = mask_;
    bands_[0]->Paint(list, image);
    return;
  }
  const std::vector<int> rows = SplitRows(mask_, static_cast<int>(bands_.size()));
  const auto paint = [&](size_t i) {
    Band& band = *bands_[i];
    try {
      band.mask = mask_;
      band.mask.KeepRows(rows[i], rows[i + 1]);
      if (band.mask.any()) band.Paint(list, image);
    } catch (const std::exception&) {
      band.error = std::current_exception();
    }
  };
  for (size_t i = 1; i < bands_.size(); ++i) threads_->Submit([&paint, i] { paint(i); });
  paint(0);
  threads_->Wait();
  for (const auto& band : bands_) {
    if (band->error) std::rethrow_exception(std::exchange(band->error, nullptr));
  }
}

void FramePainter::Paint(const DrawList& list, Image& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  image.rgb.resize(3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  mask_.Resize(image.width, image.height);
  mask_.SetAll();
  PaintBlocks(list, image);
}

void FramePainter::Repaint(const DrawList& list, PaintedFrame& last, Image& image) {
  if (last.image.width != image.width || last.image.height != image.height) {
    Paint(list, image);
  } else {
    mask_.Resize(image.width, image.height);
    FindDirtyBlocks(last.list, list, mask_);
    image.rgb = last.image.rgb;
    if (mask_.any()) PaintBlocks(list, image);
  }
  last.image = image;
  last.list = list;
}

void FramePainter::PaintGeometry(const DrawList& list, GeometryImage& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  const View view = MakeView(list.camera, image.width, image.height);
  mask_.Resize(image.width, image.height);
  mask_.SetAll();

  // in the order of the scene, as MuJoCo draws its segmentation
  items_ = list.opaque;
  items_.insert(items_.end(), list.transparent.begin(), list.transparent.end());
  std::erase_if(items_, [](const DrawItem& item) { return item.object_id < 0; });
  std::ranges::stable_sort(items_, {}, &DrawItem::geom_index);

  VisibilityBuffer& visibility = bands_[0]->main.visibility;
  FrameClusters& clusters = bands_[0]->main.opaque.clusters;
  clusters.Clear();
  visibility.Clear(mask_);
  DrawOpaque({.view = view, .items = items_, .mask = mask_, .pattern = SamplePattern::kCenter},
             visibility, clusters);

  const SampleLayout layout(mask_);
  const auto size = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  image.depth.assign(size, list.camera.far_z);
  image.object_type.assign(size, -1);
  image.object_id.assign(size, -1);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const size_t sample = layout.At(x, y);
      const TriangleId triangle = visibility.triangle[sample];
      if (triangle == 0) continue;
      const DrawItem& item = items_[clusters.item[SlotOf(triangle)]];
      const auto pixel = static_cast<size_t>(y * image.width + x);
      image.depth[pixel] = 1 / visibility.inverse_depth[sample];
      image.object_type[pixel] = item.object_type;
      image.object_id[pixel] = item.object_id;
    }
  }
}

}  // namespace libero
