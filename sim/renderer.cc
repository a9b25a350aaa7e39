#include "sim/renderer.h"

#include <fmt/format.h>

#include <array>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "sim/gl_renderer.h"

namespace libero {
namespace {

using Device = std::optional<int>;

std::unique_ptr<GlContext> MakeEgl(Device device) {
  return device ? MakeEglContext(FindEglDeviceForCuda(*device)) : MakeEglContext();
}

std::unique_ptr<GlContext> MakeOsMesa(Device) {
  return MakeOsMesaContext();
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::unique_ptr<GlContext> MakeEither(Device device) {
  if (device) return MakeEgl(device);
  std::string egl_problem;
  try {
    return MakeEglContext();
  } catch (const Error& error) {
    egl_problem = FirstLine(error.what());
  }
  try {
    return MakeOsMesaContext();
  } catch (const Error& error) {
    throw Error(
        fmt::format("nothing here draws pictures: {}; {}", egl_problem, FirstLine(error.what())),
        "install libosmesa6 to draw on the CPU; 'libero doctor' says more");
  }
}

struct Backend {
  const char* name;
  std::unique_ptr<GlContext> (*make_context)(Device device);
};

constexpr std::array<Backend, 3> kBackends = {
    Backend{"gl", MakeEither}, {"egl", MakeEgl}, {"osmesa", MakeOsMesa}};

const Backend& FindBackend(const std::string& name) {
  std::vector<std::string> names;
  for (const Backend& backend : kBackends) {
    if (name == backend.name) return backend;
    names.emplace_back(backend.name);
  }
  throw Error(fmt::format("unknown renderer '{}': there are {}", name, fmt::join(names, ", ")),
              DidYouMean(name, names));
}

}  // namespace

std::unique_ptr<Renderer> MakeRenderer(const RendererOptions& options, const mjModel& model) {
  CheckRenderer(options);
  return std::make_unique<GlRenderer>(FindBackend(options.name).make_context(options.device),
                                      model);
}

void CheckRendererName(const std::string& name) {
  FindBackend(name);
}

void CheckRenderer(const RendererOptions& options) {
  FindBackend(options.name);
  if (!options.device) return;
  if (options.name == "osmesa") {
    throw Error(fmt::format("osmesa draws on the CPU, not on CUDA device {}", *options.device),
                "leave out the device, or use egl");
  }
  FindEglDeviceForCuda(*options.device);
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
