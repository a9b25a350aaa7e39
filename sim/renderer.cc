#include "sim/renderer.h"

#include <fmt/format.h>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

namespace libero {

int FindCamera(const mjModel& model, const std::string& name) {
  const int id = mj_name2id(&model, mjOBJ_CAMERA, name.c_str());
  if (id >= 0) return id;
  std::vector<std::string> names;
  for (int i = 0; i < model.ncam; ++i) names.emplace_back(mj_id2name(&model, mjOBJ_CAMERA, i));
  throw Error(fmt::format("unknown camera '{}': the scene has {}", name, fmt::join(names, ", ")),
              std::string(DidYouMean(name, names)));
}

void CheckFrame(const mjModel& model, const FrameSpec& frame) {
  constexpr int kMaxSize = 4096;
  FindCamera(model, frame.camera);
  const auto fits = [](int size) {
    return size >= 1 && size <= kMaxSize;
  };
  if (fits(frame.width) && fits(frame.height)) return;
  throw Error(fmt::format("camera {}: expected a size of 1 to {} pixels, got {}×{}", frame.camera,
                          kMaxSize, frame.width, frame.height),
              "policies are mostly trained with 128 or 256");
}

}  // namespace libero
