#include "tasks/command_line.h"

#include <iostream>
#include <memory>

#include "sim/base/paths.h"
#include "tasks/dump_model_command.h"
#include "tasks/export_command.h"
#include "tasks/inspect_command.h"
#include "tasks/playthrough_command.h"
#include "tasks/protocols_command.h"
#include "tasks/render_command.h"
#include "tasks/replay_command.h"
#include "tasks/tasks_command.h"

namespace libero {
namespace {

void AddTasks(CLI::App& app, CommandAction& action) {
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

void AddProtocols(CLI::App& app, CommandAction& action) {
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

void AddDumpModel(CLI::App& app, CommandAction& action) {
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

void AddReplay(CLI::App& app, CommandAction& action) {
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

void AddRender(CLI::App& app, CommandAction& action) {
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

void AddPlaythrough(CLI::App& app, CommandAction& action) {
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

void AddInspect(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "inspect", "Say what is in a file of demonstrations, and what is wrong with it");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("file", options->file, "Demonstrations in LIBERO's HDF5 format")->required();
  command->add_flag("--json", options->json, "Print the report as JSON");
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

void AddExport(CLI::App& app, CommandAction& action) {
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

}  // namespace

void AddTaskCommands(CLI::App& app, CommandAction& action) {
  AddTasks(app, action);
  AddProtocols(app, action);
  AddRender(app, action);
  AddPlaythrough(app, action);
  AddReplay(app, action);
  AddInspect(app, action);
  AddDumpModel(app, action);
  AddExport(app, action);
}

}  // namespace libero
