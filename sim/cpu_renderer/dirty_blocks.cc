#include "sim/cpu_renderer/dirty_blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/cpu_renderer/culling.h"
#include "sim/cpu_renderer/view.h"

namespace libero {
namespace {

bool IsVisible(const DrawItem& item) {
  return item.rgba[3] > 0;
}

// Marks all pixels that the item may cover in a view.
void AddItem(const View& view, const DrawItem& item, BlockMask& mask) {
  BlockMask picture;  // the whole, without memory
  picture.num_columns = mask.num_columns;
  picture.num_rows = mask.num_rows;
  picture.end_column = mask.num_columns;
  picture.end_row = mask.num_rows;
  const ItemView item_view = MakeItemView(view, item);
  const ClusterMesh& mesh = *item.mesh;
  if (Culling(item_view, view.near_w, picture).HidesBox(mesh.min, mesh.max)) return;

  float min_x = std::numeric_limits<float>::max();
  float max_x = -min_x, min_y = min_x, max_y = -min_x;
  for (int corner = 0; corner < 8; ++corner) {
    const float p[3] = {corner & 1 ? mesh.max[0] : mesh.min[0],
                        corner & 2 ? mesh.max[1] : mesh.min[1],
                        corner & 4 ? mesh.max[2] : mesh.min[2]};
    const auto row = [&](size_t i) {
      const float* m = item_view.to_pixel.data() + 4 * i;
      return m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3];
    };
    const float w = row(2);
    if (w < view.near_w) {  // reaches behind the eye: may be anywhere
      mask.SetAll();
      return;
    }
    min_x = std::min(min_x, row(0) / w);
    max_x = std::max(max_x, row(0) / w);
    min_y = std::min(min_y, row(1) / w);
    max_y = std::max(max_y, row(1) / w);
  }
  // a pixel more, for rounding
  const auto limit = [](float v) {
    return static_cast<int>(std::clamp(v, -1e6F, 1e6F));
  };
  mask.AddPixels(limit(std::floor(min_x)) - 1, limit(std::floor(min_y)) - 1,
                 limit(std::ceil(max_x)) + 1, limit(std::ceil(max_y)) + 1);
}

// A list's items, found by geom and part.
class ItemIndex {
 public:
  explicit ItemIndex(const DrawList& list) {
    for (const auto* items : {&list.opaque, &list.transparent}) {
      for (const DrawItem& item : *items) {
        items_.push_back({item.geom_index, 0, items == &list.transparent, &item});
      }
    }
    std::ranges::stable_sort(items_, {}, &Entry::geom);
    for (size_t i = 1; i < items_.size(); ++i) {
      if (items_[i].geom == items_[i - 1].geom) items_[i].part = items_[i - 1].part + 1;
    }
  }

  struct Entry {
    int geom = 0;
    int part = 0;
    bool is_transparent = false;
    const DrawItem* item = nullptr;
    [[nodiscard]] bool IsBefore(const Entry& other) const {
      return geom != other.geom ? geom < other.geom : part < other.part;
    }
  };
  [[nodiscard]] const std::vector<Entry>& items() const { return items_; }

 private:
  std::vector<Entry> items_;
};

// The items that differ, of both lists.
std::vector<const DrawItem*> FindDifferences(const DrawList& before, const DrawList& after) {
  std::vector<const DrawItem*> different;
  const auto add = [&](const ItemIndex::Entry& entry) {
    if (IsVisible(*entry.item)) different.push_back(entry.item);
  };
  const ItemIndex old_index(before);
  const ItemIndex new_index(after);
  auto o = old_index.items().begin();
  auto n = new_index.items().begin();
  while (o != old_index.items().end() || n != new_index.items().end()) {
    const bool has_old = o != old_index.items().end();
    const bool has_new = n != new_index.items().end();
    if (has_old && (!has_new || o->IsBefore(*n))) {
      add(*o++);
    } else if (has_new && (!has_old || n->IsBefore(*o))) {
      add(*n++);
    } else {
      if (o->is_transparent != n->is_transparent || *o->item != *n->item) {
        add(*o);
        add(*n);
      }
      ++o;
      ++n;
    }
  }
  return different;
}

// Whether the visible transparent items of both lists come in the same order. Those that come or go
// are differences of their own.
bool HaveSameOrder(const DrawList& before, const DrawList& after) {
  const auto order = [](const DrawList& list) {
    std::vector<int> geoms;
    for (const DrawItem& item : list.transparent) {
      if (IsVisible(item)) geoms.push_back(item.geom_index);
    }
    return geoms;
  };
  const std::vector<int> before_order = order(before);
  const std::vector<int> after_order = order(after);
  const auto common = [](std::vector<int> geoms, const std::vector<int>& others) {
    std::erase_if(geoms, [&](int geom) { return std::ranges::count(others, geom) == 0; });
    return geoms;
  };
  return common(before_order, after_order) == common(after_order, before_order);
}

}  // namespace

void FindDirtyBlocks(const DrawList& before, const DrawList& after, BlockMask& mask) {
  mask.ClearAll();
  const bool is_other_set_up = before.camera != after.camera || before.lights != after.lights ||
                               before.skybox != after.skybox;
  const bool reflects = before.reflector.has_value() || after.reflector.has_value();
  const bool is_other_reflector = reflects && before.reflector != after.reflector;
  if (is_other_set_up || is_other_reflector || !HaveSameOrder(before, after)) {
    mask.SetAll();
    return;
  }
  const View view = MakeView(after.camera, mask.width, mask.height);
  const auto different = FindDifferences(before, after);
  for (const DrawItem* item : different) AddItem(view, *item, mask);
  if (!reflects || different.empty()) return;

  // in the reflector, and only there
  BlockMask mirrored = mask;
  mirrored.ClearAll();
  const View mirrored_view = MakeMirroredView(view, *after.reflector);
  for (const DrawItem* item : different) AddItem(mirrored_view, *item, mirrored);
  BlockMask surface = mask;
  surface.ClearAll();
  const size_t num_items = static_cast<size_t>(
      std::ranges::count(after.opaque, after.reflector->geom_index, &DrawItem::geom_index));
  for (size_t i = 0; i < num_items; ++i) AddItem(view, after.opaque[i], surface);
  for (int row = surface.first_row; row < surface.end_row; ++row) {
    for (int column = surface.first_column; column < surface.end_column; ++column) {
      const auto block = static_cast<size_t>(row * mask.num_columns + column);
      if (!surface.is_drawn[block] || !mirrored.is_drawn[block]) continue;
      mask.AddPixels(column * kBlockSize, row * kBlockSize, (column + 1) * kBlockSize,
                     (row + 1) * kBlockSize);
    }
  }
}

}  // namespace libero
