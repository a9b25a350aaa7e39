#include "viewer/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>

#include "policy/command_line.h"
#include "sim/base/paths.h"
#include "tasks/policies/make_policy.h"
#include "viewer/view_command.h"

namespace libero {
namespace {

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

}  // namespace

void AddView(CLI::App& app, CommandAction& action) {
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

}  // namespace libero
