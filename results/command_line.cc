#include "results/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "policy/command_line.h"
#include "results/arrange_command.h"
#include "results/collect_command.h"
#include "results/compare_command.h"
#include "results/eval_command.h"
#include "results/merge_command.h"
#include "results/policy_speed_command.h"
#include "results/regenerate_command.h"
#include "results/report_command.h"
#include "results/speed_command.h"
#include "results/start_viewer.h"
#include "results/video_command.h"
#include "sim/base/log.h"
#include "sim/base/paths.h"
#include "tasks/policies/make_policy.h"

namespace libero {
namespace {

// The options of commands that run many episodes.
template <typename Options>
void AddParallelism(CLI::App& command, Options& options) {
  command.add_option("--envs", options.num_envs, "Environments at a time (default: 2 a thread)");
  command.add_option("--threads", options.num_threads, "Threads (default: one a core)");
}

// What commands that leave a record learn of their surroundings.
template <typename Options>
void SetSurroundings(Options& options, const ProgramInfo& program) {
  options.data_root = FindDataRoot();
  options.cache_folder = SceneCacheFolder();
  options.program = program;
  if constexpr (requires { options.width; }) options.width = TerminalWidth();
  options.log_is_terminal = isatty(STDERR_FILENO) != 0;
}

// The options of `speed` for a policy's networks.
void AddPolicySpeed(CLI::App& command, PolicySpeedCommandOptions& options) {
  PolicySpeedOptions& speed = options.speed;
  command.add_option("--policy", options.policy,
                     "Measure the networks of a checkpoint's folder instead");
  command.add_option("--preset", options.preset,
                     "Measure networks of a preset's sizes: tiny, small, univla-7b");
  command.add_flag("--random-weights", options.random_weights,
                   "With --preset: weights that do nothing");
  command.add_option("--batch", speed.batches, "Networks: queries at a time")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--prompt-length", speed.prompt_length, "Networks: tokens of a prompt")
      ->capture_default_str();
  command.add_option("--quirks", options.quirks,
                     "Networks: compat or fixed (default: as they were trained)");
  command
      .add_option("--device", options.device,
                  "What computes networks: auto, cpu or cuda:N. What draws: --render-device")
      ->capture_default_str();
}

void AddSpeed(CLI::App& app, const ProgramInfo& program, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "speed", "Measure how fast a task's environments step and draw, or a policy answers");
  const auto options = std::make_shared<SpeedCommandOptions>();
  const auto policy = std::make_shared<PolicySpeedCommandOptions>();
  SpeedOptions& speed = options->speed;
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")
      ->capture_default_str();
  command->add_option("--task", options->task, "Task: index, name or part of it")
      ->capture_default_str();
  command->add_option("--mode", options->mode, "reference or fast, see `libero eval --help`")
      ->capture_default_str();
  command->add_option("--cameras", speed.num_cameras, "Frames a control step: 0, 1 or 2")
      ->capture_default_str();
  command->add_option("--size", speed.frame_size, "Pixels of frames, both ways")
      ->capture_default_str();
  AddRenderer(*command, speed.renderer, "--render-device");
  command->add_option("--compare", speed.compare,
                      "Renderer whose frames a second are measured too, e.g. gl");
  command->add_option("--envs", speed.num_envs, "Environments")->capture_default_str();
  const CLI::Option* threads = command->add_option("--threads", speed.num_threads,
                                                   "Threads (default: 1; for networks one a core)");
  const CLI::Option* seconds =
      command->add_option("--seconds", speed.seconds,
                          "Time for control steps (default: 10), or for a batch size (default: 5)");
  command->add_flag("--json", options->json, "Print the figures as JSON");
  AddPolicySpeed(*command, *policy);
  command->footer(
      "  libero speed --suite goal --task 0 --cameras 2\n"
      "  libero speed --preset tiny --random-weights --batch 1,4,16\n"
      "  libero speed --policy checkpoints/goal --device cuda:0");
  command->callback([&action, options, policy, program, threads, seconds] {
    options->program = program;
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      return RunSpeedCommand(*options, std::cout);
    };
    if (policy->policy.empty() && policy->preset.empty() && !policy->random_weights) return;
    policy->program = options->program;
    policy->json = options->json;
    if (threads->count() > 0) policy->num_threads = options->speed.num_threads;
    if (seconds->count() > 0) policy->speed.seconds = options->speed.seconds;
    action = [policy] {
      return RunPolicySpeedCommand(*policy, std::cout);
    };
  });
}

void AddEvalRequest(CLI::App& command, EvalRequest& request) {
  command.add_option("--suite", request.suite, "Suite, as `libero tasks` lists them")->required();
  command.add_option("--tasks", request.tasks, "Tasks, e.g. 0,3-5 (default: all)");
  command.add_option("--episodes", request.num_episodes,
                     "Episodes of each task, from init states 0, 1, ... (default: 50)");
  command.add_option("--inits", request.inits, "Init states instead, e.g. 3,7 or 10-19");
  command
      .add_option("--policy", request.policy,
                  "Policy: the folder of a checkpoint, or " +
                      fmt::format("{}", fmt::join(PolicyForms(), ", ")))
      ->required();
  AddCheckpoint(command, request.checkpoint);
  command.add_option("--protocol", request.protocol,
                     "Whose conventions, as `libero protocols` lists them (default: univla)");
  command.add_option("--max-steps", request.max_steps, "Actions of an episode at most");
  command.add_option("--settle-steps", request.settle_steps, "Steps before the policy is asked");
  command.add_option("--camera-size", request.camera_size, "Pixels of pictures, both ways");
  command
      .add_option("--instruction", request.instruction,
                  "What a checkpoint is told, as a control: none (the task), blank, shuffled (its "
                  "words), wrong (another task)")
      ->capture_default_str();
  command
      .add_option("--image", request.image,
                  "What a checkpoint is shown, as a control: none (the scene) or blank")
      ->capture_default_str();
  AddRenderer(command, request.renderer, "--render-device");
  command
      .add_option("--mode", request.mode,
                  "reference: bit by bit the Python stack's states; fast: 1.5 times the speed")
      ->capture_default_str();
  command
      .add_option("--seed", request.seed,
                  "Seed of the resets, of random policies and of --decode sample")
      ->capture_default_str();
}

// When an evaluation ends before its last episode, and which part of it this is.
void AddEvalScope(CLI::App& command, EvalOptions& options) {
  command.add_option("--precision", options.stop.precision,
                     "Stop once the rate is known so well, e.g. 2pp for two points either way");
  command.add_option("--stop-when", options.stop.stop_when,
                     "'better than FOLDER': stop once that is decided, or that it is worse");
  command.add_option("--shard", options.shard,
                     "Run one part of the episodes, e.g. 2/4; `libero merge` puts parts together");
}

void AddRecording(CLI::App& command, RecordingOptions& recording) {
  command.add_option("--video", recording.video,
                     "Film episodes into OUT/videos: all, failures or first:N of each task");
  command.add_option("--video-cameras", recording.cameras, "Cameras, side by side")
      ->capture_default_str();
  command.add_option("--video-size", recording.size, "Pixels of a camera's pictures, both ways")
      ->capture_default_str();
  command.add_flag("--log-actions", recording.log_actions,
                   "Keep actions in OUT/actions, so that `libero video` can film later");
}

void AddEval(CLI::App& app, const ProgramInfo& program, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "eval", "Evaluate a policy on a suite; continues an interrupted run of the same folder");
  const auto options = std::make_shared<EvalOptions>();
  AddEvalRequest(*command, options->request);
  AddEvalScope(*command, *options);
  AddRecording(*command, options->recording);
  AddParallelism(*command, *options);
  command->add_option("--out", options->out, "Folder for the results")->required();
  const auto view = std::make_shared<bool>(false);
  command->add_flag("--view", *view, "Open a window on the run; closing it stops nothing");
  command->footer(
      "Results do not depend on --envs and --threads, nor on how many processes torchrun or srun\n"
      "start, which share the episodes. Ctrl-C finishes the episodes that run, a\n"
      "second one stops at once. The exit status is 0, 1 if an episode had an error, 130 if\n"
      "interrupted.\n\n"
      "  libero eval --suite goal --policy random --episodes 10 --out runs/random\n"
      "  libero eval --suite goal --policy checkpoints/goal --decode sample --out runs/goal");
  command->callback([&action, options, program, view] {
    action = [options, program, view] {
      SetSurroundings(*options, program);
      // shards are chosen by their users, each with a folder of its own
      if (options->shard.empty()) {
        options->place = ReadProcessPlace(&ReadEnvironment);
        options->place.job = options->out.string();
      }
      if (*view && options->place.rank == 0) {
        options->on_begin = [](const std::filesystem::path& folder) {
          if (!StartViewer(folder)) LogWarning("results", "the viewer cannot be started");
        };
      }
      return RunEvalCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddVideo(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "video", "Film episodes of an evaluation: play them again, to the same end");
  const auto options = std::make_shared<VideoCommandOptions>();
  command->add_option("run", options->run, "Folder of `libero eval`")->required();
  command
      ->add_option("--episode", options->episodes,
                   "Episodes: TASK:INIT (several are fine), failures or all")
      ->required();
  command->add_option("--cameras", options->cameras, "Cameras, side by side")
      ->capture_default_str();
  command->add_option("--size", options->size, "Pixels of a camera's pictures, both ways")
      ->capture_default_str();
  AddRenderer(*command, options->renderer);
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--out", options->out, "Folder for the files (default: videos in the run's)");
  command->footer(
      "Needs the actions that `libero eval --log-actions` keeps, unless the policy is one without\n"
      "networks. Ends that are not the recorded ones, bit by bit, are an error.\n\n"
      "  libero video runs/goal --episode 0:3 5:12 --size 512\n"
      "  libero video runs/goal --episode failures");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      return RunVideoCommand(*options, std::cout);
    };
  });
}

void AddReport(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "report", "Make a page of the results of evaluations and trainings, and the same as JSON");
  const auto options = std::make_shared<ReportOptions>();
  command
      ->add_option("folders", options->folders,
                   "Folders of evaluations and trainings, or folders that hold such")
      ->required();
  command->add_option("--out", options->out,
                      "Folder for index.html, report.md and report.json (default: report in the "
                      "only folder)");
  command
      ->add_option("--interval", options->interval,
                   "Intervals of rates: wilson, clopper-pearson or jeffreys")
      ->capture_default_str();
  command->footer("  libero report runs/spatial runs/goal --out report");
  command->callback([&action, options] {
    action = [options] {
      return RunReportCommand(*options, std::cout);
    };
  });
}

void AddMerge(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "merge", "Make one evaluation of the shards that `libero eval --shard` ran");
  const auto options = std::make_shared<MergeOptions>();
  command->add_option("shards", options->shards, "Folders of the shards")->required();
  command->add_option("--out", options->out, "Folder for the evaluation")->required();
  command->footer("  libero merge runs/part-1 runs/part-2 --out runs/whole");
  command->callback([&action, options] {
    action = [options] {
      return RunMergeCommand(*options, std::cout);
    };
  });
}

void AddCompare(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "compare", "Say whether evaluations differ, episode by episode; the first with each other");
  const auto options = std::make_shared<CompareOptions>();
  command->add_option("runs", options->runs, "Folders of `libero eval`, two or more")->required();
  command->add_flag("--allow-different-protocols", options->allow_different_protocols,
                    "Compare runs that were not run alike, and say what differs");
  command->add_option("--json", options->json, "File to write the numbers to");
  command->footer("  libero compare runs/openvla runs/mine");
  command->callback([&action, options] {
    action = [options] {
      options->width = TerminalWidth();
      return RunCompareCommand(*options, std::cout);
    };
  });
}

void AddCollectRequest(CLI::App& command, CollectRequest& request) {
  command.add_option("--suite", request.suite, "Suite, as `libero tasks` lists them")->required();
  command.add_option("--tasks", request.tasks, "Tasks, e.g. 0,3-5 (default: all)");
  command.add_option("--demos", request.num_demos, "Demonstrations of each task")
      ->capture_default_str();
  command
      .add_option("--cameras", request.cameras,
                  "Cameras of the scene whose pictures to record; none for no pictures")
      ->capture_default_str();
  command.add_option("--size", request.size, "Pixels of pictures, both ways")
      ->capture_default_str();
  AddRenderer(command, request.renderer, "--render-device");
  command
      .add_option("--policy", request.policy,
                  "Who acts: the folder of a checkpoint, or " +
                      fmt::format("{}", fmt::join(PolicyForms(), ", ")))
      ->capture_default_str();
  AddCheckpoint(command, request.checkpoint);
  command.add_option("--noise", request.noise,
                     "Standard deviation of the noise that is added to actions; those without it "
                     "are recorded, too (default: 0.05 with the expert, else 0)");
  command
      .add_option("--push", request.push,
                  "Push the hand off its way every 30 steps, by actions up to this size")
      ->capture_default_str();
  command
      .add_option("--drop", request.drop,
                  "Open the fingers for a moment in this share of 30 steps: what they hold falls")
      ->capture_default_str();
  command
      .add_option(
          "--init", request.init,
          "Scenes: sampled (resets that evaluations do not use) or eval (their init states)")
      ->capture_default_str();
  command
      .add_option("--observations", request.observations,
                  "Row t holds what is seen after_action t, as LIBERO's files do, or before_action")
      ->capture_default_str();
  command.add_option("--protocol", request.protocol,
                     "Settle steps and step limits, as `libero protocols` lists them (default: "
                     "univla)");
  command.add_option("--max-steps", request.max_steps, "Actions of a demonstration at most");
  command
      .add_option("--mode", request.mode,
                  "reference: bit by bit the Python stack's states; fast: 1.5 times the speed")
      ->capture_default_str();
  command
      .add_option("--seed", request.seed,
                  "Seed of the resets, of noise, of random policies and of --decode sample")
      ->capture_default_str();
}

void AddCollect(CLI::App& app, const ProgramInfo& program, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "collect", "Record demonstrations in LIBERO's HDF5 format; continues an interrupted run");
  const auto options = std::make_shared<CollectOptions>();
  AddCollectRequest(*command, options->request);
  AddParallelism(*command, *options);
  command->add_option("--out", options->out, "Folder for the files")->required();
  command->footer(
      "Leaves <task>_demo.hdf5 for each task, with successful episodes only. Files do not depend\n"
      "on --envs and --threads, nor on interruptions: the same command continues a run. The exit\n"
      "status is 0, 1 if demonstrations are lacking or an episode had an error, 130 if\n"
      "interrupted.\n\n"
      "  libero collect --suite spatial --out demos/libero_spatial\n"
      "  libero collect --suite goal --policy checkpoints/goal --out demos/of_goal");
  command->callback([&action, options, program] {
    action = [options, program] {
      SetSurroundings(*options, program);
      return RunCollectCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddRegenerate(CLI::App& app, const ProgramInfo& program, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "regenerate", "Play demonstrations again and record them anew; drop those that fail");
  const auto options = std::make_shared<RegenerateOptions>();
  command->add_option("inputs", options->inputs, "Files of demonstrations, or folders with them")
      ->required();
  command->add_option("--size", options->size, "Pixels of pictures, both ways")
      ->capture_default_str();
  command
      ->add_option("--cameras", options->cameras,
                   "Cameras of the scene whose pictures to record; none for no pictures")
      ->capture_default_str();
  command->add_flag("--drop-noops", options->drop_noops,
                    "Leave out actions that do nothing, as OpenVLA's copies do");
  command
      ->add_option("--observations", options->observations,
                   "Row t holds what is seen before_action t or after_action")
      ->capture_default_str();
  command->add_option("--scene", options->scene,
                      "Where fixtures stand: protocol or model, see `libero replay --help`");
  command
      ->add_option("--settle-steps", options->settle_steps,
                   "Steps before a demonstration whose file tells of none")
      ->capture_default_str();
  AddRenderer(*command, options->renderer);
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--out", options->out, "Folder for the files")->required();
  command->footer(
      "The same command continues an interrupted run, file by file.\n\n"
      "  libero regenerate demos/libero_spatial --drop-noops --out demos/libero_spatial_no_noops");
  command->callback([&action, options, program] {
    action = [options, program] {
      SetSurroundings(*options, program);
      return RunRegenerateCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddArrange(CLI::App& app, const ProgramInfo& program, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "arrange", "Draw scenes of demonstrations in other arrangements, to learn features from");
  const auto options = std::make_shared<ArrangeOptions>();
  command->add_option("inputs", options->inputs, "Files of demonstrations, or folders with them")
      ->required();
  command->add_option("--pictures", options->num_pictures, "Pictures of each task")
      ->capture_default_str();
  command
      ->add_option("--cameras", options->cameras, "Cameras of the scene whose pictures to record")
      ->capture_default_str();
  command->add_option("--size", options->size, "Pixels of pictures, both ways")
      ->capture_default_str();
  AddRenderer(*command, options->renderer);
  command->add_option("--seed", options->seed, "Of the resets; evaluations use those of 0")
      ->capture_default_str();
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--out", options->out, "Folder for the files")->required();
  command->footer(
      "Objects lie as after resets of this seed, the arm stands as at some time in some\n"
      "demonstration. The same command continues an interrupted run, file by file.\n\n"
      "  libero arrange demos --out scenes\n"
      "  libero train features --data scenes --out runs/features");
  command->callback([&action, options, program] {
    action = [options, program] {
      SetSurroundings(*options, program);
      return RunArrangeCommand(*options, std::cerr);
    };
  });
}

void AddBench(CLI::App& app, const CommandRunner& run, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "bench", "The whole job: demonstrations, training of every stage, evaluation, report");
  const auto options = std::make_shared<BenchOptions>();
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")
      ->capture_default_str();
  command->add_option("--tasks", options->tasks, "Tasks, e.g. 0,3-5 (default: all)");
  command->add_option("--preset", options->preset, "Sizes and recipes: tiny, small or univla-7b")
      ->capture_default_str();
  command->add_option("--demos", options->num_demos, "Demonstrations of each task")
      ->capture_default_str();
  command->add_option("--episodes", options->num_episodes, "Episodes of each task")
      ->capture_default_str();
  command
      ->add_option("--minutes", options->minutes,
                   "How long all of it may take on two cores, all tasks; scales the training")
      ->capture_default_str();
  command->add_option("--data", options->data,
                      "Demonstrations that there are, instead of new ones");
  command->add_option("--from", options->from, "Pre-trained checkpoint that is fine-tuned");
  command->add_option("--seed", options->seed, "Of resets, weights and order")
      ->capture_default_str();
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--device", options->device, "Of networks: auto, cpu or cuda:N")
      ->capture_default_str();
  command->add_option("--out", options->out, "Folder for everything")->capture_default_str();
  command->footer(
      "Each phase is a command that can be run by itself. What is done is skipped: the same "
      "command\n"
      "continues after an interruption, and comes to the same numbers.\n\n"
      "  libero bench\n"
      "  libero bench --suite goal --tasks 0-2 --minutes 10 --out runs/goal");
  command->callback([&action, options, run] {
    action = [options, run] {
      options->log_is_terminal = isatty(STDERR_FILENO) != 0;
      return RunBenchCommand(*options, run, ReadProcessPlace(&ReadEnvironment), std::cout,
                             std::cerr);
    };
  });
}

}  // namespace

void AddResultCommands(CLI::App& app, const ProgramInfo& program, const CommandRunner& run,
                       CommandAction& action) {
  AddBench(app, run, action);
  AddEval(app, program, action);
  AddVideo(app, action);
  AddReport(app, action);
  AddCompare(app, action);
  AddMerge(app, action);
  AddCollect(app, program, action);
  AddRegenerate(app, program, action);
  AddArrange(app, program, action);
  AddSpeed(app, program, action);
}

}  // namespace libero
