#include "results/speed.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <thread>

#include "sim/base/check.h"

namespace libero {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRepeats = 5;
constexpr int kWarmUpSteps = 10;
constexpr int kEpisodeSteps = 100;
constexpr int kResets = 5;            // a repeat
constexpr int kExtraEnvs = 8;         // that memory is measured with
constexpr double kRawShare = 0.25;    // of the time for control steps
constexpr double kFramesShare = 0.1;  // likewise, for each camera and renderer, twice
constexpr int kSequence = 50;         // control steps whose frames are drawn again and again
constexpr std::array kCameras = {"agentview", "robot0_eye_in_hand"};
constexpr Action kStandStill = {0, 0, 0, 0, 0, 0, -1};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Calls `work(thread)` in that many threads, and throws what one of them threw.
void InThreads(int num_threads, const std::function<void(int)>& work) {
  std::vector<std::exception_ptr> errors(static_cast<size_t>(num_threads));
  std::vector<std::jthread> threads;
  for (int i = 0; i < num_threads; ++i) {
    threads.emplace_back([&work, &errors, i] {
      try {
        work(i);
      } catch (...) {
        errors[static_cast<size_t>(i)] = std::current_exception();
      }
    });
  }
  threads.clear();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

// A camera's frames of one environment.
struct View {
  Image image;
  std::unique_ptr<FrameHistory> history;
};

// An environment that plays random actions.
class Player {
 public:
  Player(const TaskSetup& setup, StepMode mode, int index)
      : env_(setup, {.mode = mode}), index_(index), random_(static_cast<uint32_t>(index)) {
    Start();
    for (int i = 0; i < kWarmUpSteps; ++i) env_.Step(kStandStill);
  }

  void Start() {
    env_.SetInitState(index_ % env_.setup().init_states.num_states());
    num_steps_ = 0;
  }

  void Step() {
    if (++num_steps_ > kEpisodeSteps) Start();
    Action action{};
    for (double& x : action) x = uniform_(random_);
    env_.Step(action);
  }

  // Draws the frames of the last step.
  void Draw(Renderer& renderer, const std::vector<int>& cameras, int size) {
    views_.resize(cameras.size());
    for (size_t i = 0; i < cameras.size(); ++i) {
      View& view = views_[i];
      view.image.width = view.image.height = size;
      renderer.Redraw(env_.snapshot(), cameras[i], view.image, view.history);
    }
  }

  [[nodiscard]] Env& env() { return env_; }

 private:
  Env env_;
  std::vector<View> views_;
  int index_;
  int num_steps_ = 0;
  std::mt19937 random_;
  std::uniform_real_distribution<double> uniform_{-1, 1};
};

class Measurement {
 public:
  Measurement(const TaskSetup& setup, const SpeedOptions& options)
      : setup_(setup), options_(options), source_(options.renderer, options.texture_folder) {
    for (int i = 0; i < options.num_envs; ++i) {
      players_.push_back(std::make_unique<Player>(setup, options.mode, i));
    }
    const mjModel& model = *setup.scene->model;
    for (int i = 0; i < options.num_cameras; ++i) {
      CheckFrame(model,
                 {kCameras.at(static_cast<size_t>(i)), options.frame_size, options.frame_size});
      cameras_.push_back(FindCamera(model, kCameras.at(static_cast<size_t>(i))));
    }
    for (int i = 0; !cameras_.empty() && i < options.num_threads; ++i) {
      renderers_.push_back(source_.Make(model));
    }
    if (!cameras_.empty() && !options.compare.empty()) {
      compared_ = RendererSource({.name = options.compare}, options.texture_folder).Make(model);
    }
  }

  // Control steps a second of all environments, each stepped by one thread.
  double ControlSteps(double seconds) {
    return Rate(seconds, [&](int thread) {
      int num_steps = 0;
      for (size_t i = static_cast<size_t>(thread); i < players_.size();
           i += static_cast<size_t>(options_.num_threads), ++num_steps) {
        players_[i]->Step();
        if (cameras_.empty()) continue;
        players_[i]->Draw(*renderers_[static_cast<size_t>(thread)], cameras_, options_.frame_size);
      }
      return num_steps;
    });
  }

  // The same of bare physics: again and again the control step that comes after the warm-up, with
  // the torques of its end. Without a controller the arm would soon thrash about.
  double RawSteps(double seconds) {
    Player settled(setup_, options_.mode, 0);
    const mjModel model = settled.env().world().CompiledModel();
    const mjData& start = settled.env().world().data();
    std::vector<MjDataPtr> copies;
    for (int i = 0; i < options_.num_threads; ++i) {
      copies.emplace_back(mj_makeData(&model));
      mju_copy(copies.back()->ctrl, start.ctrl, model.nu);
    }
    return Rate(seconds, [&](int thread) {
      mjData& d = *copies[static_cast<size_t>(thread)];
      mju_copy(d.qpos, start.qpos, model.nq);
      mju_copy(d.qvel, start.qvel, model.nv);
      mju_copy(d.qacc_warmstart, start.qacc_warmstart, model.nv);
      for (int i = 0; i < ControlLoop::kSubsteps; ++i) mj_step(&model, &d);
      return 1;
    });
  }

  double ResetMs() {
    const auto start = Clock::now();
    for (int i = 1; i <= kResets; ++i) {
      players_[0]->env().Reset(i);
      players_[0]->Start();
    }
    return 1e3 * SecondsSince(start) / kResets;
  }

  void MeasureMemory(SpeedReport& report) {
    if (!cameras_.empty()) players_[0]->Draw(*renderers_[0], cameras_, options_.frame_size);
    const int64_t before = ResidentBytes();
    std::vector<std::unique_ptr<Player>> extra;
    for (int i = 0; i < kExtraEnvs; ++i) {
      extra.push_back(std::make_unique<Player>(setup_, options_.mode, i));
    }
    const int64_t without_cameras = ResidentBytes();
    report.bytes_per_env = static_cast<double>(without_cameras - before) / kExtraEnvs;
    if (cameras_.empty()) return;
    for (const auto& player : extra) player->Draw(*renderers_[0], cameras_, options_.frame_size);
    report.camera_bytes_per_env =
        static_cast<double>(ResidentBytes() - without_cameras) / kExtraEnvs;
  }

  // What frames are drawn of: a sequence of control steps.
  void RecordSequence() {
    if (cameras_.empty()) return;
    sequence_.reserve(kSequence);
    Player player(setup_, options_.mode, 0);
    for (int i = 0; i < kSequence; ++i) {
      player.Step();
      sequence_.push_back(player.env().snapshot());
    }
    for (size_t i = 0; i < cameras_.size(); ++i) {
      for (Renderer* renderer : {renderers_[0].get(), compared_.get()}) {
        if (renderer != nullptr) drawings_.push_back({kCameras.at(i), cameras_[i], renderer});
      }
    }
  }

  // A frame's rate for each camera and renderer, by this thread alone.
  void Frames(double seconds) {
    for (Drawing& drawing : drawings_) {
      View view = {.image = {options_.frame_size, options_.frame_size, {}}};
      drawing.full.push_back(DrawRate(seconds, [&](const Snapshot& snapshot) {
        drawing.renderer->Render(snapshot, drawing.camera_id, view.image);
      }));
      drawing.sequence.push_back(DrawRate(seconds, [&](const Snapshot& snapshot) {
        drawing.renderer->Redraw(snapshot, drawing.camera_id, view.image, view.history);
      }));
    }
  }

  [[nodiscard]] std::vector<FrameFigures> frames() const {
    std::vector<FrameFigures> figures;
    for (const Drawing& drawing : drawings_) {
      figures.push_back({.camera = drawing.camera,
                         .renderer = drawing.renderer->description(),
                         .full_per_s = MakeFigure(drawing.full),
                         .sequence_per_s = MakeFigure(drawing.sequence)});
    }
    return figures;
  }

  [[nodiscard]] std::string renderer() const {
    return renderers_.empty() ? "" : renderers_[0]->description();
  }

 private:
  // Calls `step` in every thread again and again, and adds up what it counts a second.
  double Rate(double seconds, const std::function<int(int)>& step) {
    std::vector<double> rates(static_cast<size_t>(options_.num_threads));
    InThreads(options_.num_threads, [&](int thread) {
      const auto start = Clock::now();
      int64_t count = 0;
      double elapsed = 0;
      do {
        count += step(thread);
        elapsed = SecondsSince(start);
      } while (elapsed < seconds);
      rates[static_cast<size_t>(thread)] = static_cast<double>(count) / elapsed;
    });
    return std::accumulate(rates.begin(), rates.end(), 0.0);
  }

  // Frames a second; at least one is drawn, after one that does not count.
  double DrawRate(double seconds, const std::function<void(const Snapshot&)>& draw) const {
    draw(sequence_.back());
    const auto start = Clock::now();
    size_t count = 0;
    double elapsed = 0;
    do {
      draw(sequence_[count++ % sequence_.size()]);
      elapsed = SecondsSince(start);
    } while (elapsed < seconds);
    return static_cast<double>(count) / elapsed;
  }

  // One camera's frames by one renderer.
  struct Drawing {
    std::string camera;
    int camera_id = -1;
    Renderer* renderer = nullptr;
    std::vector<double> full;      // rates, by repeat
    std::vector<double> sequence;  // likewise
  };

  const TaskSetup& setup_;
  SpeedOptions options_;
  std::vector<std::unique_ptr<Player>> players_;
  std::vector<int> cameras_;
  RendererSource source_;
  std::vector<std::unique_ptr<Renderer>> renderers_;  // one a thread
  std::unique_ptr<Renderer> compared_;                // or null
  std::vector<Snapshot> sequence_;
  std::vector<Drawing> drawings_;
};

void Check(const SpeedOptions& options) {
  const auto expect = [](bool holds, const std::string& what) {
    if (!holds) throw Error(what);
  };
  expect(options.num_cameras >= 0 && options.num_cameras <= 2,
         fmt::format("--cameras: expected 0, 1 or 2, got {}", options.num_cameras));
  expect(options.compare.empty() || options.num_cameras > 0,
         "--compare: expected --cameras 1 or 2 with it");
  if (!options.compare.empty()) CheckRenderer({.name = options.compare});
  expect(options.num_envs >= 1,
         fmt::format("--envs: expected 1 or more, got {}", options.num_envs));
  expect(options.num_threads >= 1 && options.num_threads <= options.num_envs,
         fmt::format("--threads: expected 1 to {}, the number of environments, got {}",
                     options.num_envs, options.num_threads));
  expect(options.seconds > 0 && std::isfinite(options.seconds),
         fmt::format("--seconds: expected a positive number, got {}", options.seconds));
}

}  // namespace

SpeedReport MeasureSpeed(const TaskSetup& setup, const SpeedOptions& options) {
  Check(options);
  Measurement measurement(setup, options);
  SpeedReport report{.num_repeats = kRepeats, .renderer = measurement.renderer()};
  measurement.MeasureMemory(report);
  measurement.RecordSequence();
  std::vector<double> control;
  std::vector<double> raw;
  std::vector<double> frames;
  std::vector<double> resets;
  for (int i = 0; i < kRepeats; ++i) {
    control.push_back(measurement.ControlSteps(options.seconds / kRepeats));
    raw.push_back(measurement.RawSteps(kRawShare * options.seconds / kRepeats));
    frames.push_back(control.back() * options.num_cameras);
    measurement.Frames(kFramesShare * options.seconds / kRepeats);
    resets.push_back(measurement.ResetMs());
  }
  report.control_steps_per_s = MakeFigure(control);
  report.raw_control_steps_per_s = MakeFigure(raw);
  report.frames_per_s = MakeFigure(frames);
  report.reset_ms = MakeFigure(resets);
  report.frames = measurement.frames();
  return report;
}

Figure MakeFigure(const std::vector<double>& values) {
  LIBERO_CHECK(!values.empty());
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .sigma = n > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

}  // namespace libero
