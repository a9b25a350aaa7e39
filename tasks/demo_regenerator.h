#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "sim/renderer_source.h"
#include "tasks/demo_file.h"
#include "tasks/demo_recorder.h"
#include "tasks/env.h"
#include "tasks/model_file.h"
#include "tasks/replay.h"

namespace libero {

// What came of a demonstration that was played again.
struct RegeneratedDemo {
  bool success = false;  // the goal holds after the last action
  int num_noops = 0;     // actions that were left out
  RecordedDemo demo;
};

// Plays demonstrations of one task again, one after another, and records them anew. One thread at a
// time may use it; others may use others.
class DemoRegenerator {
 public:
  // `env` with the seed, mode and controller of the file. What is passed by reference must outlive
  // this object. Throws Error if the scene lacks a camera or nothing can draw.
  DemoRegenerator(const TaskSetup& setup, const EnvOptions& env,
                  const std::filesystem::path& data_root,
                  const std::vector<RecordedCamera>& cameras, ObservationTime time,
                  RendererSource& renderers);

  // Requires CheckReplayable. `drop_noops`: see NoopFilter.
  [[nodiscard]] RegeneratedDemo Play(const Demo& demo, ReplayScene scene, bool drop_noops);

 private:
  std::span<const Image> Draw();

  Env env_;
  ModelText text_;
  DemoRecorder recorder_;
  std::unique_ptr<Renderer> renderer_;  // null without cameras
  std::vector<int> camera_ids_;
  std::vector<Image> images_;
  std::vector<std::unique_ptr<FrameHistory>> histories_;  // of images_
};

}  // namespace libero
