#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sim/renderer.h"

namespace libero {

class SceneData;
class TextureCache;

// What draws.
struct RendererOptions {
  // "auto": EGL if a GPU can draw, else cpu; "cpu": the rasteriser of this program; "gl": EGL if it
  // can draw, else OSMesa; "egl"; "osmesa"
  std::string name = "auto";
  std::optional<int> device;  // CUDA index of the GPU that draws; without: the first that can
  int num_threads = 1;        // that draw one frame together, with "cpu"
};

// The names, as messages and help texts list them.
inline constexpr std::string_view kRendererNames = "auto, cpu, gl, egl, osmesa";

// Throws Error for a renderer that there is not, whatever this machine has.
void CheckRendererName(const std::string& name);

// Throws what making a renderer would, as far as that can be told in a few ms without drawing.
void CheckRenderer(const RendererOptions& options);

// The options with "auto" replaced by what it stands for on this machine, "egl" or "cpu". With a
// device it is EGL. Tries contexts on GPUs if there are any, 10–500 ms each. Throws what
// CheckRenderer throws.
[[nodiscard]] RendererOptions ResolveRenderer(const RendererOptions& options);

// Makes the renderers of a program's run and lets them share what is the same for all that draw one
// model: with "cpu" its meshes and textures, as long as one of them is there. Thread-safe.
// Renderers do not need it after they have been made.
class RendererSource {
 public:
  // Textures in the form that "cpu" draws from are kept in the folder, if there is one, so that the
  // next run finds them. Throws what CheckRenderer throws.
  explicit RendererSource(const RendererOptions& options,
                          std::optional<std::filesystem::path> texture_folder = std::nullopt);
  ~RendererSource();
  RendererSource(const RendererSource&) = delete;
  RendererSource& operator=(const RendererSource&) = delete;

  // A renderer for the model, which must outlive it. With OpenGL it uploads meshes and textures,
  // 0.7–1.5 s and 100–400 MB with Mesa. With "cpu" the first one of a model takes 0.1–0.5 s, others
  // some ms and MB. Throws Error if nothing on this machine can draw. In one process, use either
  // EGL or OSMesa: see BindMujocoTo.
  [[nodiscard]] std::unique_ptr<Renderer> Make(const mjModel& model);

  // How many renderers to hold where threads draw the environments of several scenes: one a thread,
  // or if they are small, one an environment, so that none is made again and again.
  [[nodiscard]] int MaxRenderers(int num_threads, int num_envs);

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const SceneData> data;
  };

  const RendererOptions& Resolved();
  std::shared_ptr<const SceneData> GetSceneData(const mjModel& model);

  RendererOptions options_;
  std::once_flag is_resolved_;
  std::shared_ptr<std::atomic<bool>> has_warned_;  // of what "cpu" does not draw
  std::unique_ptr<TextureCache> textures_;
  std::mutex mutex_;  // of slots_
  std::map<const mjModel*, std::unique_ptr<Slot>> slots_;
};

// The folder for a RendererSource's textures where scenes are cached in that one.
[[nodiscard]] std::optional<std::filesystem::path> TextureFolder(
    const std::optional<std::filesystem::path>& scene_cache);

// One renderer that shares nothing with others; see RendererSource.
std::unique_ptr<Renderer> MakeRenderer(const RendererOptions& options, const mjModel& model);

}  // namespace libero
