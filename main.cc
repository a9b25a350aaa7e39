// The program: its subcommands and their options. What they do is in the folders.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <functional>
#include <iostream>

#include "policy/network_facts.h"
#include "policy/networks.h"
#include "results/bench_command.h"
#include "results/collect_command.h"
#include "results/compare_command.h"
#include "results/eval_command.h"
#include "results/merge_command.h"
#include "results/policy_speed_command.h"
#include "results/regenerate_command.h"
#include "results/report_command.h"
#include "results/speed_command.h"
#include "sim/base/check.h"
#include "sim/base/paths.h"
#include "sim/base/suggest.h"
#include "sim/doctor.h"
#include "sim/model.h"
#include "tasks/data_files.h"
#include "tasks/dump_model_command.h"
#include "tasks/export_command.h"
#include "tasks/inspect_command.h"
#include "tasks/playthrough_command.h"
#include "tasks/policies/make_policy.h"
#include "tasks/protocols_command.h"
#include "tasks/render_command.h"
#include "tasks/replay_command.h"
#include "tasks/tasks_command.h"
#include "training/recipe.h"
#include "training/training.h"
#include "viewer/view_command.h"

#include <CLI/CLI.hpp>

namespace libero {
namespace {

// What the chosen subcommand does; returns the exit status.
using Action = std::function<int()>;

// Columns of the terminal on stdout; 0 if it is none.
int TerminalWidth() {
  winsize size{};
  const bool is_terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return is_terminal ? size.ws_col : 0;
}

void AddRenderer(CLI::App& command, RendererOptions& renderer,
                 const char* device_option = "--device") {
  command
      .add_option("--renderer", renderer.name,
                  "What draws: auto (EGL on a GPU, else cpu), cpu, gl (EGL, else OSMesa), egl or "
                  "osmesa")
      ->capture_default_str();
  command.add_option(device_option, renderer.device,
                     "GPU that draws, by its CUDA index (default: the first that can)");
}

// The options of commands that run many episodes.
template <typename Options>
void AddParallelism(CLI::App& command, Options& options) {
  command.add_option("--envs", options.num_envs, "Environments at a time (default: 2 a thread)");
  command.add_option("--threads", options.num_threads, "Threads (default: one a core)");
}

// What commands that leave a record learn of their surroundings.
template <typename Options>
void SetSurroundings(Options& options, const std::string& command_line) {
  options.data_root = FindDataRoot();
  options.cache_folder = SceneCacheFolder();
  options.program = {LIBERO_VERSION, LIBERO_BUILD_TYPE, command_line};
  options.width = TerminalWidth();
  options.log_is_terminal = isatty(STDERR_FILENO) != 0;
}

void AddTasks(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("tasks", "List the suites, or the tasks of one");
  const auto options = std::make_shared<TasksOptions>();
  command->add_option("suite", options->suite, "Suite, e.g. libero_goal, spatial, long, goal_swap");
  command->add_flag("--json", options->json, "Print every field as JSON");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->width = TerminalWidth();
      return RunTasksCommand(*options, std::cout);
    };
  });
}

void AddProtocols(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "protocols", "List the conventions of published evaluations that `eval` can follow");
  const auto options = std::make_shared<ProtocolsOptions>();
  command->add_flag("--json", options->json, "Print every field as JSON");
  command->callback([&action, options] {
    action = [options] {
      options->width = TerminalWidth();
      return RunProtocolsCommand(*options, std::cout);
    };
  });
}

void AddDumpModel(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "dump-model", "Write a task's compiled model (MJB); print its state and hashes as JSON");
  const auto options = std::make_shared<DumpModelOptions>();
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")->required();
  command->add_option("--task", options->task, "Task: index, name or part of it")->required();
  command->add_option("--seed", options->seed, "Seed of the resets")->capture_default_str();
  command->add_option("--reset", options->reset, "Which reset, from 1")->capture_default_str();
  command->add_option("--out", options->out, "File to write")->required();
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      return RunDumpModelCommand(*options, std::cout);
    };
  });
}

void AddReplay(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "replay", "Play the actions of recorded demonstrations; compare states and success");
  const auto options = std::make_shared<ReplayOptions>();
  command->add_option("file", options->file, "Demonstrations in LIBERO's HDF5 format")->required();
  command->add_option("--demos", options->demos, "Which, e.g. 0,3-5 (default: all)");
  command->add_option("--scene", options->scene,
                      "Where fixtures stand: 'protocol' as seed and number say, 'model' as the "
                      "recorded model says (default: what the file has)");
  command->add_option("--json", options->json, "File to write the comparison to");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      options->width = TerminalWidth();
      return RunReplayCommand(*options, std::cout);
    };
  });
}

void AddRender(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("render", "Draw what a task's camera sees into a PNG, right side up");
  const auto options = std::make_shared<RenderOptions>();
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")->required();
  command->add_option("--task", options->task, "Task: index, name or part of it")->required();
  command->add_option("--init", options->init, "Init state; without: what the reset leaves");
  command->add_option("--camera", options->camera, "Camera of the scene")->capture_default_str();
  command->add_option("--size", options->size, "Pixels, e.g. 256 or 640x480")
      ->capture_default_str();
  AddRenderer(*command, options->renderer);
  command->add_option("--seed", options->seed, "Seed of the resets")->capture_default_str();
  command->add_option("--reset", options->reset, "Which reset, from 1")->capture_default_str();
  command->add_option("--out", options->out, "File to write")->required();
  command->add_option("--depth", options->depth,
                      "File for the distance of each pixel: .npy (m) or .png (16 bits, mm)");
  command->add_option("--segmentation", options->segmentation,
                      "File for what each pixel sees: .npy (id, type, body) or .png (colours)");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      return RunRenderCommand(*options, std::cout);
    };
  });
}

void AddDoctor(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what this machine has, and how to mend what it lacks");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print the report as JSON");
  command->callback([&action, json] {
    action = [json] {
      DoctorOptions options = DefaultDoctorOptions();
      options.version = LIBERO_VERSION;
      options.build_type = LIBERO_BUILD_TYPE;
      options.json = *json;
      options.width = TerminalWidth();
      options.color = options.width > 0;
      AddExpectedFiles(options);
      options.further_facts = [](const Machine& machine) {
        return ReportNetworks(machine);
      };
      return RunDoctorCommand(options, std::cout);
    };
  });
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

void AddSpeed(CLI::App& app, const std::string& command_line, Action& action) {
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
  command->callback([&action, options, policy, command_line, threads, seconds] {
    options->program = {LIBERO_VERSION, LIBERO_BUILD_TYPE, command_line};
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

void AddPlaythrough(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "playthrough",
      "Play one episode with the scripted expert; print what happened, step by step");
  const auto options = std::make_shared<PlaythroughOptions>();
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")->required();
  command->add_option("--task", options->task, "Task: index, name or part of it")->required();
  command->add_option("--init", options->init, "Init state")->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the resets")->capture_default_str();
  command->add_option("--expert", options->expert, "How it moves, e.g. noise=0.05,speed=0.9");
  command->add_option("--protocol", options->protocol, "Whose step limits")->capture_default_str();
  command->add_option("--pictures", options->pictures, "Folder for pictures of the episode");
  command->add_option("--every", options->picture_steps, "Steps from one picture to the next")
      ->capture_default_str();
  command->add_option("--camera", options->camera, "Camera of the pictures")->capture_default_str();
  AddRenderer(*command, options->renderer);
  command->footer("  libero playthrough --suite goal --task 3 --init 7");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      return RunPlaythroughCommand(*options, std::cout);
    };
  });
}

void AddExport(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "export", "Make a folder with the program and one suite that runs on another machine");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("--suite", options->suite, "Suite, as `libero tasks` lists them")->required();
  command->add_option("--policy", options->policy, "Checkpoint folder to take along");
  command->add_option("--out", options->out, "Folder to make")->required();
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      return RunExportCommand(*options, std::cout);
    };
  });
}

// How a checkpoint acts.
void AddCheckpoint(CLI::App& command, CheckpointOptions& options) {
  command.add_option("--decode", options.decode,
                     "With a checkpoint: greedy, or sample as the published evaluation does "
                     "(default: greedy)");
  command.add_option("--act", options.act,
                     "With a checkpoint: ensemble plans at every step, chunked plays 12 actions of "
                     "a plan (default: ensemble)");
  command.add_option("--quirks", options.quirks,
                     "With a checkpoint: compat or fixed (default: as it was trained)");
  command.add_option("--statistics", options.statistics,
                     "With a checkpoint: whose action statistics (default: the suite's)");
  command.add_option("--device", options.device,
                     "What computes a checkpoint's networks: auto, cpu or cuda:N (default: auto). "
                     "What draws: --renderer and --render-device");
}

// The options of `view` that say what to show.
void AddViewRequest(CLI::App& command, ViewOptions& options) {
  command.add_option("--suite", options.suite, "Suite, as `libero tasks` lists them")
      ->capture_default_str();
  command.add_option("--task", options.task, "Task: index, name or part of it")
      ->capture_default_str();
  command.add_option("--init", options.init, "Init state")->capture_default_str();
  command
      .add_option("--policy", options.policy,
                  "Policy: keyboard, the folder of a checkpoint, or " +
                      fmt::format("{}", fmt::join(PolicyForms(), ", ")))
      ->capture_default_str();
  command.add_option("--versus", options.versus, "A second policy beside it, in step");
  AddCheckpoint(command, options.checkpoint);
  command.add_option("--demos", options.demos, "File of demonstrations to play one of instead");
  command.add_option("--demo", options.demo, "Its number (default: the first)");
  command.add_option("--run", options.run, "Folder of a `libero eval` to show, running or not");
  command.add_option("--save", options.save_folder, "Folder for demonstrations that are saved")
      ->capture_default_str();
  command.add_option("--protocol", options.protocol, "Whose conventions")->capture_default_str();
  command.add_option("--seed", options.seed, "Seed of the resets")->capture_default_str();
  command.add_option("--mode", options.mode, "reference or fast, see `libero eval --help`")
      ->capture_default_str();
}

void AddView(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "view", "Watch, inspect and drive episodes in a window, or draw that window into a file");
  const auto options = std::make_shared<ViewOptions>();
  AddViewRequest(*command, *options);
  AddRenderer(*command, options->renderer, "--render-device");
  command->add_option("--camera", options->camera, "Camera of the main view (default: free)");
  command->add_option("--panels", options->panels, "Panels to open, e.g. Goal,Contacts");
  command->add_flag("--light", options->light, "Dark text on a light ground");
  command->add_option("--scale", options->scale, "Of text and widgets")->capture_default_str();
  command->add_option("--screenshot", options->screenshot,
                      "PNG to draw the window into, instead of opening it; needs no display");
  command->add_option("--step", options->step, "Step of the screenshot")->capture_default_str();
  command->add_option("--size", options->size, "Pixels of the screenshot")->capture_default_str();
  command->footer(
      "F1 in the window lists keys.\n\n"
      "  libero view --suite goal --task 3\n"
      "  libero view --suite goal --task 3 --policy checkpoints/goal --versus expert\n"
      "  libero view --run runs/goal\n"
      "  libero view --suite goal --task 3 --step 60 --screenshot step_60.png");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      options->settings_file = SettingsFile();
      return RunViewCommand(*options, std::cout);
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

void AddEval(CLI::App& app, const std::string& command_line, Action& action) {
  CLI::App* command = app.add_subcommand(
      "eval", "Evaluate a policy on a suite; continues an interrupted run of the same folder");
  const auto options = std::make_shared<EvalOptions>();
  AddEvalRequest(*command, options->request);
  AddEvalScope(*command, *options);
  AddParallelism(*command, *options);
  command->add_option("--out", options->out, "Folder for the results")->required();
  command->footer(
      "Results do not depend on --envs and --threads. Ctrl-C finishes the episodes that run, a\n"
      "second one stops at once. The exit status is 0, 1 if an episode had an error, 130 if\n"
      "interrupted.\n\n"
      "  libero eval --suite goal --policy random --episodes 10 --out runs/random\n"
      "  libero eval --suite goal --policy checkpoints/goal --decode sample --out runs/goal");
  command->callback([&action, options, command_line] {
    action = [options, command_line] {
      SetSurroundings(*options, command_line);
      return RunEvalCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddReport(CLI::App& app, Action& action) {
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

void AddMerge(CLI::App& app, Action& action) {
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

void AddCompare(CLI::App& app, Action& action) {
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
  AddRenderer(command, request.renderer);
  command
      .add_option("--policy", request.policy,
                  "Who acts: " + fmt::format("{}", fmt::join(PolicyForms(), ", ")))
      ->capture_default_str();
  command.add_option("--noise", request.noise,
                     "Standard deviation of the noise on the expert's actions (default: 0.05)");
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
  command.add_option("--seed", request.seed, "Seed of the resets and of noise")
      ->capture_default_str();
}

void AddCollect(CLI::App& app, const std::string& command_line, Action& action) {
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
      "  libero collect --suite spatial --out demos/libero_spatial");
  command->callback([&action, options, command_line] {
    action = [options, command_line] {
      SetSurroundings(*options, command_line);
      return RunCollectCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddRegenerate(CLI::App& app, const std::string& command_line, Action& action) {
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
  command->callback([&action, options, command_line] {
    action = [options, command_line] {
      SetSurroundings(*options, command_line);
      return RunRegenerateCommand(*options, std::cout, std::cerr);
    };
  });
}

void AddInspect(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Say what is in a file of demonstrations, and what is wrong with it");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("file", options->file, "Demonstrations in LIBERO's HDF5 format")->required();
  command->footer(
      "The exit status is 1 if there are problems.\n\n"
      "  libero inspect demos/libero_spatial/TASK_demo.hdf5");
  command->callback([&action, options] {
    action = [options] {
      options->data_root = FindDataRoot();
      options->width = TerminalWidth();
      return RunInspectCommand(*options, std::cout);
    };
  });
}

void AddConvert(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "convert", "Read a published model or an adapter, and write it into a checkpoint folder");
  const auto options = std::make_shared<ConvertOptions>();
  command->add_option("in", options->in, "Folder of a model or adapter, or a file: *.pt, *.ckpt")
      ->required();
  command->add_option("--base", options->base, "Folder of the VLA that an adapter is for");
  command->add_option("--config", options->config,
                      "Sizes: a preset or a config.json (default: what the folder says)");
  command->add_option("--dtype", options->dtype, "f32, f16 or bf16 (default: as it is)");
  command->add_option("--shard-gb", options->shard_gb, "Size of a file at most, in GB")
      ->capture_default_str();
  command->add_option("--out", options->out, "Folder; other parts in it stay")->required();
  command->callback([&action, options] {
    action = [options] {
      return Networks().convert(*options, std::cout);
    };
  });
}

void AddInspectCheckpoint(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "inspect-checkpoint", "Say what a checkpoint folder holds, and every problem that it has");
  const auto options = std::make_shared<InspectCheckpointOptions>();
  command->add_option("folder", options->folder, "Folder of a model")->required();
  command->add_flag("--json", options->json, "Print the report as JSON");
  command->callback([&action, options] {
    action = [options] {
      return Networks().inspect(*options, std::cout);
    };
  });
}

void AddRecipe(CLI::App& command, RecipeChanges& changes) {
  command.add_option("--steps", changes.steps, "Steps of the optimiser");
  command.add_option("--steps-scale", changes.steps_scale, "Share of the preset's steps instead");
  command.add_option("--batch", changes.batch_size,
                     "Examples of a step, of all processes together");
  command.add_option("--accumulation", changes.accumulation,
                     "Parts that a batch is computed in, to save memory");
  command.add_option("--lr", changes.learning_rate, "Learning rate");
  command
      .add_option("--lr-scale", changes.lr_scale, "auto: the rate grows with the root of the batch")
      ->capture_default_str();
  command.add_option("--schedule", changes.schedule,
                     "constant, step (a tenth from --decay-from on) or cosine");
  command.add_option("--decay-from", changes.decay_from, "Share of the steps");
  command.add_option("--warmup", changes.warmup_steps, "Steps until the full rate");
  command.add_option("--weight-decay", changes.weight_decay, "AdamW's");
  command.add_option("--clip", changes.clip_norm, "Norm of gradients at most; 0: any");
  command.add_option("--ema", changes.ema_decay, "Save the weights' running mean of this decay");
  command.add_option("--restart-codes", changes.restart_codes_every,
                     "Steps from one look for unused codes to the next");
  command.add_option("--history", changes.history_share,
                     "Share of examples whose prompt tells the last latent action");
  command.add_option("--action-loss", changes.action_loss, "l1 or mse");
  command.add_option("--lora-rank", changes.lora_rank, "Rank of LoRA adapters; 0: all weights");
  command.add_flag("--freeze-vla", changes.freeze_vla, "Train the action decoder only");
  command.add_flag("--no-augmentation", changes.no_augmentation, "Pictures as they are");
  command.add_flag("--no-visual-states", changes.no_visual_states,
                   "The action decoder sees latent actions only");
}

void AddTrain(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "train", "Train a stage: features, lam1, lam2, vla or finetune; continues when interrupted");
  const auto options = std::make_shared<TrainOptions>();
  const auto stage = std::make_shared<std::string>();
  command->add_option("stage", *stage, "features, lam1, lam2, vla or finetune")->required();
  command->add_option("--data", options->data, "Demonstrations: HDF5 files, or folders of them")
      ->required();
  command->add_option("--preset", options->preset, "Sizes and recipe: tiny, small or univla-7b")
      ->capture_default_str();
  command->add_option("--from", options->from, "Folder of the stage before, or a checkpoint");
  command->add_option("--out", options->out, "Folder for the results")->required();
  AddRecipe(*command, options->changes);
  command->add_option("--quirks", options->quirks, "fixed, or compat: as the published code does")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of weights, order and augmentation")
      ->capture_default_str();
  command->add_option("--save-every", options->save_every,
                      "Steps from one saved state to the next (default: 20 in all)");
  command->add_option("--threads", options->num_threads, "Threads (default: one a core)");
  command->add_option("--device", options->device, "auto, cpu or cuda:N")->capture_default_str();
  command->footer(
      "What is not given is the preset's, see training/README.md. Ctrl-C saves and stops.\n\n"
      "  libero train features --data demos --out runs/features\n"
      "  libero train lam1 --data demos --from runs/features --out runs/lam1");
  command->callback([&action, options, stage] {
    action = [options, stage] {
      options->stage = FindStage(*stage);
      options->data_root = FindDataRoot();
      options->cache_folder = SceneCacheFolder();
      options->log_is_terminal = isatty(STDERR_FILENO) != 0;
      return Training().train(*options, std::cerr);
    };
  });
}

// Throws Error with the nearest subcommand if the first argument should be one and is not.
void CheckSubcommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::string name = arguments.empty() ? "-" : arguments[0];
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (name.starts_with('-') || std::ranges::find(names, name) != names.end()) return;
  const std::string nearest = DidYouMean(name, names);
  throw Error("unknown command '" + name + "'",
              nearest.empty() ? "'libero --help' lists the commands" : nearest);
}

int Run(const std::vector<std::string>& arguments);

void AddBench(CLI::App& app, Action& action) {
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
  command->callback([&action, options] {
    action = [options] {
      options->log_is_terminal = isatty(STDERR_FILENO) != 0;
      return RunBenchCommand(*options, &Run, std::cout, std::cerr);
    };
  });
}

// Does what the arguments say, the program's name not among them; returns the exit status.
int Run(const std::vector<std::string>& arguments) {
  const std::string command_line = CommandLine(arguments);
  CLI::App app("LIBERO natively on MuJoCo: the robot benchmark in one program.", "libero");
  app.footer(
      "In a checkout, ./libero build and ./libero test build the program and run its tests.");
  app.set_version_flag("--version", LIBERO_VERSION);
  Action action;
  AddBench(app, action);
  AddTasks(app, action);
  AddProtocols(app, action);
  AddDumpModel(app, action);
  AddReplay(app, action);
  AddRender(app, action);
  AddEval(app, command_line, action);
  AddReport(app, action);
  AddCompare(app, action);
  AddMerge(app, action);
  AddPlaythrough(app, action);
  AddView(app, action);
  AddCollect(app, command_line, action);
  AddRegenerate(app, command_line, action);
  AddInspect(app, action);
  AddSpeed(app, command_line, action);
  AddExport(app, action);
  AddTrain(app, action);
  AddConvert(app, action);
  AddInspectCheckpoint(app, action);
  AddDoctor(app, action);
  CheckSubcommand(app, arguments);
  LogMujocoWarnings();
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (action) return action();
  std::cout << app.help();
  return 0;
}

}  // namespace
}  // namespace libero

int main(int argc, char** argv) {
  try {
    return libero::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
