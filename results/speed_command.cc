#include "results/speed_command.h"

#include <fmt/format.h>

#include <ostream>

#include "sim/base/text_table.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Figure& figure) {
  return {{"mean", figure.mean}, {"sigma", figure.sigma}};
}

Json ToJson(const SpeedReport& report, const SpeedCommandOptions& options, const Task& task) {
  const SpeedOptions& speed = options.speed;
  Json frames = Json::array();
  for (const FrameFigures& figures : report.frames) {
    frames.push_back({{"camera", figures.camera},
                      {"renderer", figures.renderer},
                      {"full_per_s", ToJson(figures.full_per_s)},
                      {"sequence_per_s", ToJson(figures.sequence_per_s)}});
  }
  return {{"suite", task.suite},
          {"task", task.index},
          {"mode", Name(speed.mode)},
          {"cameras", speed.num_cameras},
          {"size", speed.frame_size},
          {"envs", speed.num_envs},
          {"threads", speed.num_threads},
          {"seconds", speed.seconds},
          {"repeats", report.num_repeats},
          {"control_steps_per_s", ToJson(report.control_steps_per_s)},
          {"raw_control_steps_per_s", ToJson(report.raw_control_steps_per_s)},
          {"frames_per_s", ToJson(report.frames_per_s)},
          {"reset_ms", ToJson(report.reset_ms)},
          {"bytes_per_env", report.bytes_per_env},
          {"camera_bytes_per_env", report.camera_bytes_per_env},
          {"frames", frames},
          {"provenance", ProvenanceJson(options.program, speed.renderer, report.renderer)}};
}

// "112.3 ± 1.5"
std::string ToText(const Figure& figure) {
  return fmt::format("{:.1f} ± {:.1f}", figure.mean, figure.sigma);
}

void PrintFrames(const SpeedReport& report, std::ostream& out) {
  if (report.frames.empty()) return;
  out << "\nframes/s of one environment: each drawn anew, and each after the one before\n";
  TextTable table{{{"camera"}, {"anew", true}, {"in sequence", true}, {"renderer"}}, {}};
  for (const FrameFigures& figures : report.frames) {
    table.rows.push_back({figures.camera, ToText(figures.full_per_s),
                          ToText(figures.sequence_per_s), figures.renderer});
  }
  PrintTable(table, 0, out);
}

void Print(const SpeedReport& report, const SpeedCommandOptions& options, const Task& task,
           std::ostream& out) {
  const SpeedOptions& speed = options.speed;
  out << fmt::format("{} task {}, {} mode, {} environment(s) on {} thread(s), {} repeats\n",
                     task.suite, task.index, Name(speed.mode), speed.num_envs, speed.num_threads,
                     report.num_repeats);
  if (speed.num_cameras > 0) {
    out << fmt::format("{} camera(s) of {} px, {}\n", speed.num_cameras, speed.frame_size,
                       report.renderer);
  }
  TextTable table{{{"figure"}, {"mean", true}, {"σ", true}}, {}};
  const auto add = [&](const char* name, const Figure& figure) {
    table.rows.push_back(
        {name, fmt::format("{:.1f}", figure.mean), fmt::format("{:.1f}", figure.sigma)});
  };
  add("control steps/s", report.control_steps_per_s);
  add("bare mj_step ÷ 25, /s", report.raw_control_steps_per_s);
  if (speed.num_cameras > 0) add("frames/s", report.frames_per_s);
  add("reset, ms", report.reset_ms);
  table.rows.push_back(
      {"MB per environment", fmt::format("{:.1f}", report.bytes_per_env / 1e6), ""});
  if (speed.num_cameras > 0) {
    table.rows.push_back(
        {"MB for its pictures", fmt::format("{:.1f}", report.camera_bytes_per_env / 1e6), ""});
  }
  PrintTable(table, 0, out);
  PrintFrames(report, out);
}

}  // namespace

int RunSpeedCommand(const SpeedCommandOptions& options, std::ostream& out) {
  SpeedCommandOptions checked = options;
  checked.speed.mode = FindStepMode(options.mode);
  checked.speed.texture_folder = TextureFolder(options.cache_folder);
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Task& task = FindTask(FindSuite(suites, options.suite), options.task);
  SceneStore store(options.data_root, options.cache_folder);
  const TaskSetup setup = LoadTaskSetup(task, store);
  const SpeedReport report = MeasureSpeed(setup, checked.speed);
  if (options.json) {
    out << ToJson(report, checked, task).dump(2) << "\n";
  } else {
    Print(report, checked, task, out);
  }
  return 0;
}

}  // namespace libero
