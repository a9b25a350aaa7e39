#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "policy/load_policy.h"
#include "sim/renderer_source.h"
#include "viewer/settings.h"

namespace libero {

// The options of `libero view`.
struct ViewOptions {
  std::filesystem::path data_root;
  std::optional<std::filesystem::path> cache_folder;  // see SceneStore
  std::string suite = "goal";
  std::string task = "0";         // see FindTask
  int init = 0;                   // init state; the reset is init + 1, as in evaluations
  uint32_t seed = 0;              // of the resets
  std::string policy = "expert";  // see LoadPolicy; or "keyboard"
  std::string versus;             // a second one beside it, from the same init state; "" for none
  CheckpointOptions checkpoint;   // of policies that are checkpoints
  std::string protocol = "univla";
  std::string mode = "reference";
  RendererOptions renderer;
  std::string camera;  // of the main view; "" for the one that was used last

  // In place of task, init state and policy: a file of demonstrations and the number of one.
  std::optional<std::filesystem::path> demos;
  int demo = -1;  // −1: the first

  // The folder of an evaluation to show; its episodes can be watched.
  std::optional<std::filesystem::path> run;

  std::filesystem::path save_folder = ".";  // for demonstrations

  // In place of a window: this file gets a picture of it, after so many steps.
  std::optional<std::filesystem::path> screenshot;
  int step = 0;
  std::string size = "1440x900";  // of the picture
  double scale = 1;               // of text in it
  bool light = false;
  std::string panels;  // open in it, e.g. "Goal,Contacts"; "" for those that are open at first

  std::optional<std::filesystem::path> settings_file;  // what is remembered, if anywhere
};

// Opens the viewer's window and returns when it is closed, or draws it into a file. Throws Error
// for bad options, and where there is no display, saying what can be done without one.
int RunViewCommand(const ViewOptions& options, std::ostream& out);

}  // namespace libero
