// Compares the CPU renderer with OpenGL over scenes, cameras and random states, and measures how
// fast both draw. Prints a line for each scene, camera and size; writes contact sheets.

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <iostream>
#include <map>
#include <numeric>

#include "sim/base/check.h"
#include "sim/png_file.h"
#include "sim/renderer_source.h"
#include "tasks/workspace.h"
#include "tests/golden/parity.h"

#include <CLI/CLI.hpp>

namespace libero {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDifferenceFactor = 4;
constexpr size_t kRowsPerSheet = 6;

struct Options {
  std::string suite = "libero_spatial";
  std::string task = "0";
  bool all = false;
  int num_states = 8;
  std::vector<int> sizes = {256};
  std::vector<std::string> cameras = {"agentview", "robot0_eye_in_hand"};
  std::string reference = "osmesa";
  std::string sheets;  // folder, or ""
  bool without_gl = false;
  bool measures_fps = false;
  bool measures_gl_fps = false;
  double seconds = 1;
  std::string cache;
};

// Frames a second.
struct Fps {
  double full = 0;
  double dirty = 0;
  double gl = 0;
};

// The worst, or mean, of some frames of one scene, camera and size.
struct Line {
  std::string scene, camera;
  int size = 0;
  std::vector<Parity> frames;
  Fps fps;

  [[nodiscard]] double MinPsnrDb() const {
    double value = 99;
    for (const Parity& frame : frames) value = std::min(value, frame.psnr_db);
    return value;
  }
  [[nodiscard]] double MeanPsnrDb() const {
    double sum = 0;
    for (const Parity& frame : frames) sum += frame.psnr_db;
    return frames.empty() ? 0 : sum / static_cast<double>(frames.size());
  }
  [[nodiscard]] int MaxMedian() const {
    int value = 0;
    for (const Parity& frame : frames) value = std::max(value, frame.median_difference);
    return value;
  }
  [[nodiscard]] double MinSegmentation() const {
    double value = 1;
    for (const Parity& frame : frames) value = std::min(value, frame.same_segmentation);
    return value;
  }
  [[nodiscard]] double MaxDepthErrorMm() const {
    double value = 0;
    for (const Parity& frame : frames) value = std::max(value, 1e3 * frame.median_depth_error);
    return value;
  }
};

// Frames a second of processor time: what else the machine does shall not count.
template <typename Draw>
double Rate(double seconds, size_t num_frames, const Draw& draw) {
  for (size_t i = 0; i < std::min<size_t>(num_frames, 3); ++i) draw(i);
  const std::clock_t start = std::clock();
  int count = 0;
  double elapsed = 0;
  do {
    draw(static_cast<size_t>(count++) % num_frames);
    elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  } while (elapsed < seconds);
  return count / elapsed;
}

class Comparison {
 public:
  explicit Comparison(const Options& options)
      : options_(options),
        store_(LIBERO_DEPS_DIR, options.cache),
        gl_({.name = options.reference}),
        cpu_({.name = "cpu"}, TextureFolder(options.cache)) {}

  void Run(const Task& task) {
    const TaskSetup setup = LoadTaskSetup(task, store_);
    const mjModel& model = *setup.scene->model;
    const std::unique_ptr<Renderer> gl = options_.without_gl ? nullptr : gl_.Make(model);
    const auto start = Clock::now();
    const std::unique_ptr<Renderer> cpu = cpu_.Make(model);
    const double make_s = std::chrono::duration<double>(Clock::now() - start).count();
    std::vector<Snapshot> states;
    for (int i = 0; gl != nullptr && i < options_.num_states; ++i) {
      states.push_back(RandomState(setup, i));
    }
    const std::vector<Snapshot> moving =
        options_.measures_fps ? MovingArm(setup, 30) : std::vector<Snapshot>();
    std::vector<Image> row;
    for (const std::string& camera : options_.cameras) {
      for (const int size : options_.sizes) {
        Line line = {fmt::format("{} {}", task.suite, task.index), camera, size, {}, {}};
        const int camera_id = FindCamera(model, camera);
        FramePair worst;
        for (const Snapshot& state : states) {
          const FramePair frames = DrawPair(*gl, *cpu, state, camera_id, size);
          line.frames.push_back(Compare(frames));
          if (line.frames.back().psnr_db <= line.MinPsnrDb()) worst = frames;
        }
        if (!worst.a.rgb.empty() && size == options_.sizes[0]) {
          row.insert(row.end(),
                     {worst.a, worst.b, DifferenceImage(worst.a, worst.b, kDifferenceFactor)});
        }
        if (options_.measures_fps) line.fps = Measure(*cpu, gl.get(), moving, camera_id, size);
        Print(line, make_s);
        lines_.push_back(std::move(line));
      }
    }
    if (!options_.sheets.empty() && !row.empty()) {
      AddRow(std::string(FindWorkspace(setup.problem).problem), Beside(row), line_name(task));
    }
  }

  void PrintHeader() const {
    fmt::print("{:<20} {:<18} {:>4} {:>6} {:>6} {:>6} {:>8} {:>9} {:>7} {:>7} {:>6} {:>7}\n",
               "scene", "camera", "px", "min dB", "mean", "median", "seg %", "depth mm", "fps",
               "dirty", "gl", "make s");
  }

  void PrintSummary() const {
    for (const int size : options_.sizes) {
      Line all = {"all", "", size, {}, {.full = 1e9, .dirty = 1e9, .gl = 1e9}};
      for (const Line& line : lines_) {
        if (line.size != size) continue;
        all.frames.insert(all.frames.end(), line.frames.begin(), line.frames.end());
        all.fps.full = std::min(all.fps.full, line.fps.full);
        all.fps.gl = std::min(all.fps.gl, line.fps.gl);
        if (line.camera == "agentview") all.fps.dirty = std::min(all.fps.dirty, line.fps.dirty);
      }
      Print(all, 0);
    }
  }

  void WriteSheets() const {
    for (const auto& [arena, rows] : rows_) {
      for (size_t first = 0; first < rows.size(); first += kRowsPerSheet) {
        const auto end =
            rows.begin() + static_cast<ptrdiff_t>(std::min(first + kRowsPerSheet, rows.size()));
        const std::vector<Image> some(rows.begin() + static_cast<ptrdiff_t>(first), end);
        const std::string name =
            fmt::format("{}/{}_{}.png", options_.sheets, arena, first / kRowsPerSheet);
        WritePng(name, Below(some));
        fmt::print("{}: rows from the top:", name);
        for (size_t i = first; i < first + some.size(); ++i) {
          fmt::print("{} {}", i == first ? "" : ",", names_.at(arena)[i]);
        }
        fmt::print("\n");
      }
    }
  }

 private:
  static std::string line_name(const Task& task) {
    return fmt::format("{} {}", task.suite, task.index);
  }

  void AddRow(const std::string& arena, Image image, const std::string& name) {
    rows_[arena].push_back(std::move(image));
    names_[arena].push_back(name);
  }

  [[nodiscard]] Fps Measure(Renderer& cpu, Renderer* gl, const std::vector<Snapshot>& moving,
                            int camera_id, int size) const {
    Image image = {size, size, {}};
    Fps fps;
    fps.full = Rate(options_.seconds, moving.size(),
                    [&](size_t i) { cpu.Render(moving[i], camera_id, image); });
    std::unique_ptr<FrameHistory> history;
    fps.dirty = Rate(options_.seconds, moving.size(),
                     [&](size_t i) { cpu.Redraw(moving[i], camera_id, image, history); });
    if (options_.measures_gl_fps && gl != nullptr) {
      fps.gl = Rate(options_.seconds, moving.size(),
                    [&](size_t i) { gl->Render(moving[i], camera_id, image); });
    }
    return fps;
  }

  static void Print(const Line& line, double make_s) {
    fmt::print(
        "{:<20} {:<18} {:>4} {:>6.2f} {:>6.2f} {:>6} {:>8.3f} {:>9.4f} {:>7.1f} {:>7.1f} {:>6.1f} "
        "{:>7.2f}\n",
        line.scene, line.camera, line.size, line.MinPsnrDb(), line.MeanPsnrDb(), line.MaxMedian(),
        100 * line.MinSegmentation(), line.MaxDepthErrorMm(), line.fps.full, line.fps.dirty,
        line.fps.gl, make_s);
    std::fflush(stdout);
  }

  Options options_;
  SceneStore store_;
  RendererSource gl_;
  RendererSource cpu_;
  std::vector<Line> lines_;
  std::map<std::string, std::vector<Image>> rows_;         // of sheets, by arena
  std::map<std::string, std::vector<std::string>> names_;  // of rows_
};

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--suite", options.suite)->capture_default_str();
  app.add_option("--task", options.task)->capture_default_str();
  app.add_flag("--all", options.all, "every distinct scene of the 21 suites");
  app.add_option("--states", options.num_states, "random states")->capture_default_str();
  app.add_option("--size", options.sizes, "pixels, e.g. 256,128")->delimiter(',');
  app.add_option("--cameras", options.cameras)->delimiter(',');
  app.add_option("--reference", options.reference, "osmesa or egl")->capture_default_str();
  app.add_option("--sheets", options.sheets,
                 "folder for pictures of each scene's worst frames: GL, cpu, difference times 4");
  app.add_flag("--no-gl", options.without_gl, "only measure the CPU renderer");
  app.add_flag("--fps", options.measures_fps, "frames a second on one thread, the arm moving");
  app.add_flag("--gl-fps", options.measures_gl_fps, "with --fps: of OpenGL too");
  app.add_option("--seconds", options.seconds, "of each measurement")->capture_default_str();
  app.add_option("--cache", options.cache, "folder of compiled scenes")->capture_default_str();
}

int Main(int argc, char** argv) {
  CLI::App app("Compares the CPU renderer with OpenGL.");
  Options options = {.cache = LIBERO_TEST_CACHE_DIR};
  AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
  std::vector<Task> tasks;
  if (options.all) {
    for (const Suite& suite : suites) {
      tasks.insert(tasks.end(), suite.tasks.begin(), suite.tasks.end());
    }
    tasks = DistinctScenes(tasks);
  } else {
    tasks.push_back(FindTask(FindSuite(suites, options.suite), options.task));
  }
  Comparison comparison(options);
  comparison.PrintHeader();
  for (const Task& task : tasks) comparison.Run(task);
  comparison.PrintSummary();
  comparison.WriteSheets();
  return 0;
}

}  // namespace
}  // namespace libero

int main(int argc, char** argv) {
  try {
    return libero::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
