#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/control_loop.h"
#include "sim/renderer_source.h"
#include "tasks/env.h"

namespace libero {

// What to measure the speed of.
struct SpeedOptions {
  StepMode mode = StepMode::kReference;
  int num_cameras = 0;  // frames a control step: 0, 1 (agentview) or 2 (and robot0_eye_in_hand)
  int frame_size = 256;
  RendererOptions renderer;
  std::string compare;  // another renderer, whose frames are measured in the same run; "": none
  std::optional<std::filesystem::path> texture_folder;  // see RendererSource
  int num_envs = 1;
  int num_threads = 1;
  double seconds = 10;  // of control steps, in all repeats
};

// A figure's mean and standard deviation over repeats.
struct Figure {
  double mean = 0;
  double sigma = 0;
};

// What one thread draws of one camera in an environment that plays random actions.
struct FrameFigures {
  std::string camera;
  std::string renderer;   // its description
  Figure full_per_s;      // Renderer::Render
  Figure sequence_per_s;  // Renderer::Redraw: one control step after the other
};

struct SpeedReport {
  Figure control_steps_per_s;        // of all environments together, frames included
  Figure raw_control_steps_per_s;    // what bare mj_step makes, 25 substeps a control step
  Figure frames_per_s;               // zero without cameras
  Figure reset_ms;                   // reset and init state
  double bytes_per_env = 0;          // of resident memory for one more environment
  double camera_bytes_per_env = 0;   // and for its pictures, with what is remembered of them
  std::vector<FrameFigures> frames;  // by camera, then renderer
  int num_repeats = 0;
  std::string renderer;  // its description; "" without cameras
};

// Steps environments of a task with random actions, in `num_threads` threads. Warms up first; then
// each repeat measures control steps, bare physics, frames and resets one after another, so that
// what else the machine does disturbs all alike. Every 100 steps an environment starts over from an
// init state. Takes about 1.3 × `seconds`, and 0.2 × `seconds` for each camera and renderer. Throws
// Error for options that make no sense.
[[nodiscard]] SpeedReport MeasureSpeed(const TaskSetup& setup, const SpeedOptions& options);

// Mean and standard deviation (of a sample) of at least one value.
[[nodiscard]] Figure MakeFigure(const std::vector<double>& values);

}  // namespace libero
