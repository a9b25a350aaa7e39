#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/gl_devices.h"
#include "sim/observation.h"

namespace libero {

// A camera's picture in the Python stack's observation, see tests/golden/record_frames.py.
struct RecordedFrame {
  std::string camera;
  Image image;  // as observed, bottom row first
};

// A state and the pictures of it: after the first reset, this init state with these changes.
struct RecordedState {
  std::string suite;
  int task_index = 0;
  int init = 0;
  std::map<int, double> qpos;  // by index
  std::vector<RecordedFrame> frames;
};

struct Recording {
  GlDriver gl;  // what the stack drew with
  std::vector<RecordedState> states;
};

Recording ReadRecording();

// How far a frame may be from the recorded one, as Compare's mean: 0 if the same OpenGL drew it,
// going by the renderer's description. On another, edges and textures are smoothed otherwise:
// Mesa's softpipe, with one sample a pixel for llvmpipe's four, comes to 6.4, pictures of two
// tabletop scenes are 14 apart, and 8 is allowed.
double MaxMeanDifference(const Recording& recording, const std::string& description);

// A PNG's pixels, the file's first row first. Fails the test if it cannot be read.
Image ReadPng(const std::filesystem::path& path);

// The image with its rows in reverse.
Image Flipped(const Image& image);

// How far apart two images of one size are.
struct ImageDifference {
  size_t num_bytes = 0;  // that differ
  double mean = 0;       // over all bytes, of 0..255
};
ImageDifference Compare(const Image& a, const Image& b);

}  // namespace libero
