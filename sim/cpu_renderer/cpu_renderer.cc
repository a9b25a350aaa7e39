#include "sim/cpu_renderer/cpu_renderer.h"

#include <fmt/format.h>
#include <hwy/targets.h>

#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

// The last picture of a sequence, and whose it is.
class CpuFrameHistory : public FrameHistory {
 public:
  CpuFrameHistory(const std::shared_ptr<const SceneData>& data, int camera_id)
      : data_(data), camera_id_(camera_id) {}

  // Weak references tell scenes apart even if one is at the address of another that is gone.
  [[nodiscard]] bool IsOf(const std::shared_ptr<const SceneData>& data, int camera_id) const {
    return camera_id_ == camera_id && !data_.owner_before(data) && !data.owner_before(data_);
  }
  [[nodiscard]] PaintedFrame& frame() { return frame_; }

 private:
  std::weak_ptr<const SceneData> data_;
  int camera_id_;
  PaintedFrame frame_;
};

}  // namespace

CpuRenderer::CpuRenderer(std::shared_ptr<const SceneData> data, OnUnsupported on_unsupported,
                         int num_threads)
    : data_(std::move(data)),
      on_unsupported_(std::move(on_unsupported)),
      scene_(data_->model()),
      painter_(num_threads) {}

void CpuRenderer::UpdateList(const Snapshot& snapshot, int camera_id) {
  unsupported_.clear();
  MakeDrawList(scene_.Update(snapshot, camera_id), *data_, list_, unsupported_);
  if (!unsupported_.empty() && on_unsupported_) on_unsupported_(unsupported_);
}

void CpuRenderer::Render(const Snapshot& snapshot, int camera_id, Image& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  UpdateList(snapshot, camera_id);
  painter_.Paint(list_, image);
}

void CpuRenderer::Redraw(const Snapshot& snapshot, int camera_id, Image& image,
                         std::unique_ptr<FrameHistory>& history) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  UpdateList(snapshot, camera_id);
  std::unique_ptr<FrameHistory> last = std::move(history);  // which is lost if painting fails
  auto* own = dynamic_cast<CpuFrameHistory*>(last.get());
  if (own == nullptr || !own->IsOf(data_, camera_id)) {
    last = std::make_unique<CpuFrameHistory>(data_, camera_id);
    own = static_cast<CpuFrameHistory*>(last.get());
  }
  painter_.Repaint(list_, own->frame(), image);
  history = std::move(last);
}

void CpuRenderer::RenderGeometry(const Snapshot& snapshot, int camera_id, GeometryImage& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  UpdateList(snapshot, camera_id);
  painter_.PaintGeometry(list_, image);
}

std::string CpuRenderer::description() const {
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return fmt::format("CPU rasteriser, {}", hwy::TargetName(targets & -targets));
}

}  // namespace libero
