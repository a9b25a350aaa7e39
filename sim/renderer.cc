#include "sim/renderer.h"

#include <fmt/format.h>

#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

namespace libero {
void Renderer::Redraw(const Snapshot& snapshot, int camera_id, Image& image,
                      std::unique_ptr<FrameHistory>& /*history*/) {
  Render(snapshot, camera_id, image);
}

int FindCamera(const mjModel& model, const std::string& name) {
  const int id = mj_name2id(&model, mjOBJ_CAMERA, name.c_str());
  if (id >= 0) return id;
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(model.ncam));
  for (int i = 0; i < model.ncam; ++i) names.emplace_back(mj_id2name(&model, mjOBJ_CAMERA, i));
  throw Error(fmt::format("unknown camera '{}': the scene has {}", name, fmt::join(names, ", ")),
              std::string(DidYouMean(name, names)));
}

void CheckFrameSize(const FrameSpec& frame) {
  const auto fits = [](int size) {
    return size >= 1 && size <= kMaxFrameSize;
  };
  if (fits(frame.width) && fits(frame.height)) return;
  throw Error(fmt::format("camera {}: expected a size of 1 to {} pixels, got {}×{}", frame.camera,
                          kMaxFrameSize, frame.width, frame.height),
              "policies are mostly trained with 128 or 256");
}

void CheckFrame(const mjModel& model, const FrameSpec& frame) {
  FindCamera(model, frame.camera);
  CheckFrameSize(frame);
}

}  // namespace libero
