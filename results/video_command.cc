#include "results/video_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "policy/load_policy.h"
#include "results/episode_recorder.h"
#include "results/option_checks.h"
#include "results/parallelism.h"
#include "results/recording_options.h"
#include "results/run_data.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/control_loop.h"
#include "sim/video/video.h"
#include "tasks/action_file.h"
#include "tasks/model_file.h"
#include "tasks/policies/logged_actions_policy.h"
#include "tasks/policies/make_policy.h"
#include "tasks/rollout.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using EpisodeKey = std::pair<int, int>;  // task and init state

constexpr int kInterrupted = 130;

EpisodeKey KeyOf(const EpisodeSpec& spec) {
  return {spec.task_index, spec.init_index};
}

// From "3:12".
EpisodeKey ParseEpisode(const std::string& text) {
  EpisodeKey key;
  const char* const end = text.data() + text.size();
  const auto task = std::from_chars(text.data(), end, key.first);
  if (task.ec == std::errc() && task.ptr != end && *task.ptr == ':') {
    const auto init = std::from_chars(task.ptr + 1, end, key.second);
    if (init.ec == std::errc() && init.ptr == end) return key;
  }
  throw Error(fmt::format("--episode: expected TASK:INIT, failures or all, got '{}'", text),
              "e.g. 3:12 for task 3 from init state 12");
}

// The results to be had again, by the run's log.
std::map<EpisodeKey, EpisodeResult> ChooseResults(const VideoCommandOptions& options,
                                                  const RunData& run) {
  std::map<EpisodeKey, EpisodeResult> ended;
  for (const EpisodeRecord& record : run.records) {
    if (record.result.error.empty()) ended[KeyOf(record.result.spec)] = record.result;
  }
  std::map<EpisodeKey, EpisodeResult> chosen;
  for (const std::string& text : options.episodes) {
    if (text == "all" || text == "failures") {
      for (const auto& [key, result] : ended) {
        if (text == "all" || !result.success()) chosen[key] = result;
      }
      continue;
    }
    const EpisodeKey key = ParseEpisode(text);
    const auto found = ended.find(key);
    if (found == ended.end()) {
      throw Error(fmt::format("--episode {}: {} has no end of this episode", text,
                              (run.folder / "episodes.jsonl").string()));
    }
    chosen[key] = found->second;
  }
  return chosen;
}

// Who acts as the run's policy did.
std::unique_ptr<Policy> MakePlayer(const RunData& run, const Protocol& protocol) {
  if (fs::is_directory(run.folder / "actions")) {
    return std::make_unique<LoggedActionsPolicy>(run.folder);
  }
  if (IsCheckpointFolder(run.policy)) {
    throw Error(fmt::format("{}: no actions were logged, and its policy is a checkpoint",
                            run.folder.string()),
                "run it with --log-actions, or with --video");
  }
  return MakePolicy(run.policy, protocol);
}

// Throws Error if actions of a chosen episode are lacking.
void CheckLogged(const RunData& run, const std::map<EpisodeKey, EpisodeResult>& chosen) {
  const fs::path folder = run.folder / "actions";
  if (!fs::is_directory(folder)) return;
  for (const auto& [key, result] : chosen) {
    const fs::path path = folder / (EpisodeFileStem(result.spec) + ".npy");
    if (!fs::exists(path)) {
      throw Error(fmt::format("{}: the actions of task {}, init state {} were not logged",
                              path.string(), key.first, key.second));
    }
  }
}

void CheckSameEnd(const EpisodeResult& recorded, const EpisodeResult& played) {
  if (recorded.final_state_hash == played.final_state_hash && recorded.steps == played.steps &&
      recorded.end == played.end) {
    return;
  }
  throw Error(
      fmt::format("task {}, init state {} ended otherwise than recorded: {} after {} steps with "
                  "state {:016x}, expected {} after {} with {:016x}",
                  played.spec.task_index, played.spec.init_index, Name(played.end), played.steps,
                  played.final_state_hash, Name(recorded.end), recorded.steps,
                  recorded.final_state_hash),
      "the run's manifest.json says by which version, on which processor and with which kernels it "
      "was made");
}

std::string SizeText(const fs::path& path) {
  return fmt::format("{:.0f} kB", static_cast<double>(fs::file_size(path)) / 1000);
}

RunRecording MakeFilming(const VideoCommandOptions& options, const Protocol& protocol,
                         const RunData& run, const std::map<EpisodeKey, EpisodeResult>& chosen,
                         const std::vector<std::string>& known_cameras) {
  RunRecording recording;
  CheckRange("--size", options.size, 16, kMaxFrameSize);
  recording.cameras = ParseVideoCameras("--cameras", options.cameras, options.size, known_cameras);
  recording.video_folder = options.out.value_or(run.folder / "videos");
  recording.max_steps = MaxSteps(protocol, run.suite);
  for (const auto& [key, result] : chosen) recording.filmed.insert(key);
  recording.check = [&chosen](const EpisodeResult& played) {
    CheckSameEnd(chosen.at(KeyOf(played.spec)), played);
  };
  return recording;
}

}  // namespace

int RunVideoCommand(const VideoCommandOptions& options, std::ostream& out) {
  // what is to be played
  if (!IsRun(options.run)) {
    throw Error(fmt::format("{}: no evaluation is there", options.run.string()),
                "give a folder that `libero eval` wrote");
  }
  const RunData run = ReadRun(options.run);
  const std::map<EpisodeKey, EpisodeResult> chosen = ChooseResults(options, run);
  const Protocol protocol = ProtocolFromJson(run.config.at("protocol"));
  const Parallelism parallelism = ChooseParallelism(std::nullopt, options.num_threads);
  CheckRendererName(options.renderer.name);
  CheckLogged(run, chosen);
  std::vector<EpisodeSpec> episodes;
  for (const auto& [key, result] : chosen) episodes.push_back(result.spec);
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Suite& suite = FindSuite(suites, run.suite);
  SetInstructions(protocol.instruction, suite, episodes);
  if (episodes.empty()) {
    out << "no such episodes\n";
    return 0;
  }
  const InterruptListener interrupt;
  const RunRecording recording =
      MakeFilming(options, protocol, run, chosen, CommonCameras(options.data_root, suite.tasks));
  (void)Video();
  const std::unique_ptr<Policy> policy = MakePlayer(run, protocol);
  MakeRecordingFolders(recording);

  // play
  SceneStore store(options.data_root, options.cache_folder);
  RendererSource renderers(options.renderer, TextureFolder(options.cache_folder));
  const int num_slots = std::min(parallelism.num_threads, static_cast<int>(episodes.size()));
  const RolloutOptions rollout = {
      .num_slots = num_slots,
      .num_threads = parallelism.num_threads,
      .protocol = protocol,
      .env = {.mode = FindStepMode(run.config.at("mode").get<std::string>())},
      .make_watcher = [&] { return std::make_unique<EpisodeRecorder>(recording); },
      .make_renderer = [&](const mjModel& model) { return renderers.Make(model); },
      .max_renderers = renderers.MaxRenderers(parallelism.num_threads, num_slots),
      .finish = interrupt.finish(),
      .stop = interrupt.stop()};
  int num_done = 0;
  RunEpisodes(episodes, suites, store, *policy, rollout, [&](const EpisodeResult& result) {
    if (!result.error.empty()) throw Error(result.error);
    if (result.end == EpisodeEnd::kCancelled) return;
    const fs::path path = recording.video_folder / (EpisodeFileStem(result.spec) + ".mp4");
    ++num_done;
    out << fmt::format("{}: {} after {} steps, {}\n", path.string(), Name(result.end), result.steps,
                       SizeText(path));
  });
  return num_done < static_cast<int>(episodes.size()) ? kInterrupted : 0;
}

}  // namespace libero
