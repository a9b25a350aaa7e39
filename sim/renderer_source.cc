#include "sim/renderer_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/base/suggest.h"
#include "sim/cpu_renderer/cpu_renderer.h"
#include "sim/cpu_renderer/texture_cache.h"
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
        fmt::format("OpenGL draws nothing here: {}; {}", egl_problem, FirstLine(error.what())),
        "use --renderer cpu, or install libosmesa6; 'libero doctor' says more");
  }
}

struct Backend {
  const char* name;
  bool draws_on_cpu;
  std::unique_ptr<GlContext> (*make_context)(Device device);  // null: not OpenGL
};

constexpr std::array<Backend, 5> kBackends = {Backend{"auto", false, nullptr},
                                              {"cpu", true, nullptr},
                                              {"gl", false, MakeEither},
                                              {"egl", false, MakeEgl},
                                              {"osmesa", true, MakeOsMesa}};

const Backend& FindBackend(const std::string& name) {
  std::vector<std::string> names;
  for (const Backend& backend : kBackends) {
    if (name == backend.name) return backend;
    names.emplace_back(backend.name);
  }
  throw Error(fmt::format("unknown renderer '{}': there are {}", name, kRendererNames),
              DidYouMean(name, names));
}

// Whether a GPU draws on that device of EGL's list. Where the GPU's driver fails, Mesa may draw on
// the CPU instead.
bool GpuDraws(const EglDevice& device) {
  if (device.is_software) return false;
  try {
    return !IsSoftware(MakeEglContext(device.index)->driver());
  } catch (const Error&) {
    return false;  // what is chosen then draws; 'libero doctor' says what is wrong here
  }
}

}  // namespace

void CheckRendererName(const std::string& name) {
  FindBackend(name);
}

void CheckRenderer(const RendererOptions& options) {
  const Backend& backend = FindBackend(options.name);
  if (!options.device) return;
  if (backend.draws_on_cpu) {
    throw Error(
        fmt::format("{} draws on the CPU, not on CUDA device {}", options.name, *options.device),
        "leave out the device, or use egl");
  }
  FindEglDeviceForCuda(*options.device);
}

RendererOptions ResolveRenderer(const RendererOptions& options) {
  CheckRenderer(options);
  if (options.name != "auto") return options;
  const bool on_gpu = options.device.has_value() ||
                      std::ranges::any_of(ListEglDevices(TryContexts::kNo).devices, GpuDraws);
  RendererOptions resolved = options;
  resolved.name = on_gpu ? "egl" : "cpu";
  return resolved;
}

RendererSource::RendererSource(const RendererOptions& options,
                               std::optional<std::filesystem::path> texture_folder)
    : options_(options),
      has_warned_(std::make_shared<std::atomic<bool>>(false)),
      textures_(std::make_unique<TextureCache>(std::move(texture_folder))) {
  CheckRenderer(options);
}

RendererSource::~RendererSource() = default;

const RendererOptions& RendererSource::Resolved() {
  std::call_once(is_resolved_, [this] { options_ = ResolveRenderer(options_); });
  return options_;
}

std::unique_ptr<Renderer> RendererSource::Make(const mjModel& model) {
  const RendererOptions& options = Resolved();
  const Backend& backend = FindBackend(options.name);
  if (backend.make_context != nullptr) {
    return std::make_unique<GlRenderer>(backend.make_context(options.device), model);
  }
  const auto warn = [has_warned = has_warned_](const std::string& what) {
    if (has_warned->exchange(true)) return;
    LogWarning("sim", fmt::format("the CPU renderer does not draw {}, which are left out; "
                                  "--renderer gl draws them",
                                  what));
  };
  return std::make_unique<CpuRenderer>(GetSceneData(model), warn, options_.num_threads);
}

std::shared_ptr<const SceneData> RendererSource::GetSceneData(const mjModel& model) {
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Slot>& entry = slots_[&model];
    if (entry == nullptr) entry = std::make_unique<Slot>();
    slot = entry.get();
  }
  // its data is there only while a renderer is, and then the model is the same one still
  const std::lock_guard lock(slot->mutex);
  std::shared_ptr<const SceneData> data = slot->data.lock();
  if (data == nullptr) {
    data = std::make_shared<const SceneData>(model, *textures_);
    slot->data = data;
  }
  return data;
}

int RendererSource::MaxRenderers(int num_threads, int num_envs) {
  return Resolved().name == "cpu" ? std::max(num_threads, num_envs) : num_threads;
}

std::optional<std::filesystem::path> TextureFolder(
    const std::optional<std::filesystem::path>& scene_cache) {
  if (!scene_cache) return std::nullopt;
  return *scene_cache / "textures";
}

std::unique_ptr<Renderer> MakeRenderer(const RendererOptions& options, const mjModel& model) {
  return RendererSource(options).Make(model);
}

}  // namespace libero
