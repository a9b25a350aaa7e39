#include "tasks/render_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ostream>
#include <thread>

#include "sim/base/check.h"
#include "sim/geometry_files.h"
#include "sim/png_file.h"
#include "tasks/env.h"

namespace libero {
namespace {

void CheckOut(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!std::filesystem::is_directory(folder)) {
    throw Error(
        fmt::format("cannot write {}: there is no folder {}", path.string(), folder.string()),
        fmt::format("mkdir -p {}", folder.string()));
  }
  if (std::filesystem::is_directory(path)) {
    throw Error(fmt::format("cannot write {}: it is a folder", path.string()),
                "give a file, e.g. " + (path / "frame.png").string());
  }
}

void CheckReset(int reset) {
  if (reset >= 1) return;
  throw Error(fmt::format("no reset {}: resets count from 1", reset));
}

// The number that the text is; 0 if it is none, or too large.
int ParseNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

// "libero_goal 7 (turn_on_the_stove), reset 1, init state 0"
std::string DescribeState(const Task& task, const RenderOptions& options) {
  return fmt::format("{} {} ({}), reset {}{}", task.suite, task.index, task.name, options.reset,
                     options.init ? fmt::format(", init state {}", *options.init) : "");
}

}  // namespace

int RunRenderCommand(const RenderOptions& options, std::ostream& out) {
  // what needs no scene
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Task& task = FindTask(FindSuite(suites, options.suite), options.task);
  FrameSpec frame = {.camera = options.camera};
  ParseFrameSize(options.size, frame);
  CheckReset(options.reset);
  CheckOut(options.out);
  for (const auto& file : {options.depth, options.segmentation}) {
    if (!file) continue;
    CheckGeometryFile(*file);
    CheckOut(*file);
  }
  CheckRenderer(options.renderer);
  if (options.init) (void)LoadInitStates(task.init_states_path.string()).state(*options.init);

  // the scene in its state
  SceneStore store(options.data_root, options.cache_folder);
  const TaskSetup setup = LoadTaskSetup(task, store);
  CheckFrame(*setup.scene->model, frame);
  Env env(setup, {.seed = options.seed});
  env.Reset(options.reset);
  if (options.init) env.SetInitState(*options.init);

  // the picture
  RendererOptions renderer_options = options.renderer;
  renderer_options.num_threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  RendererSource source(renderer_options, TextureFolder(options.cache_folder));
  const std::unique_ptr<Renderer> renderer = source.Make(*setup.scene->model);
  const int camera_id = FindCamera(*setup.scene->model, frame.camera);
  Image image = {frame.width, frame.height, {}};
  renderer->Render(env.snapshot(), camera_id, image);
  GeometryImage geometry = {.width = frame.width, .height = frame.height};
  if (options.depth || options.segmentation) {
    renderer->RenderGeometry(env.snapshot(), camera_id, geometry);
  }
  WritePng(options.out, image);
  if (options.depth) WriteDepth(*options.depth, geometry);
  if (options.segmentation) WriteSegmentation(*options.segmentation, *setup.scene->model, geometry);
  out << fmt::format("{}: {}×{}, {} of {}; drawn by {}\n", options.out.string(), frame.width,
                     frame.height, frame.camera, DescribeState(task, options),
                     renderer->description());
  return 0;
}

void ParseFrameSize(const std::string& text, FrameSpec& frame) {
  const size_t at = text.find('x');
  frame.width = ParseNumber(std::string_view(text).substr(0, at));
  frame.height =
      at == std::string::npos ? frame.width : ParseNumber(std::string_view(text).substr(at + 1));
  const bool is_number = text.find_first_not_of("0123456789x") == std::string::npos;
  if (!is_number) {
    throw Error(fmt::format("expected a size like 256 or 640x480, got '{}'", text));
  }
  CheckFrameSize(frame);
}

}  // namespace libero
