#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tasks/renderer_pool.h"
#include "tasks/rollout.h"

namespace libero {

// What is to be kept of an episode that was watched or driven.
struct DemoRequest {
  EpisodeSpec episode;
  std::vector<Action> actions;  // up to the one that solved the task
  std::string policy;           // who acted, for the file
  Protocol protocol;
  StepMode mode = StepMode::kReference;
  int picture_size = 128;  // pixels, both ways, of LIBERO's two cameras
};

// Plays the actions again, which gives the same states, records them with pictures as LIBERO's own
// demonstrations are, and adds them to a file of the task's demonstrations, which is made if it is
// not there. Returns the demonstration's name in it, "demo_3". Takes seconds: a picture of each
// camera is drawn at each step. Throws Error if the actions do not solve the task, or the file is
// of another task, seed or settings, or cannot be written.
std::string SaveDemo(const DemoRequest& request, const std::filesystem::path& file,
                     const std::vector<Suite>& suites, SceneStore& store,
                     const RendererFactory& make_renderer);

}  // namespace libero
