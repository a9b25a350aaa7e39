#include "tasks/demo_recorder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "sim/renderer.h"
#include "sim/rotation.h"
#include "tasks/env.h"

namespace libero {
namespace {

// LIBERO's name of the camera in the hand, and MuJoCo's.
constexpr const char* kHandCamera = "eye_in_hand";
constexpr const char* kHandCameraInModel = "robot0_eye_in_hand";

template <typename Values>
void AppendTo(std::vector<double>& list, const Values& values) {
  list.insert(list.end(), values.begin(), values.end());
}

}  // namespace

std::string_view Name(ObservationTime time) {
  return time == ObservationTime::kAfterAction ? "after_action" : "before_action";
}

ObservationTime FindObservationTime(std::string_view name) {
  for (const ObservationTime time :
       {ObservationTime::kAfterAction, ObservationTime::kBeforeAction}) {
    if (name == Name(time)) return time;
  }
  throw Error(fmt::format("expected after_action or before_action, got '{}'", name));
}

std::vector<RecordedCamera> ParseCameras(const std::string& text, int size,
                                         const std::vector<std::string>& known) {
  if (size < 1 || size > kMaxFrameSize) {
    throw Error(fmt::format("--size: expected 1 to {}, got {}", kMaxFrameSize, size));
  }
  std::vector<RecordedCamera> cameras;
  if (text == "none") return cameras;
  std::istringstream words(text + ",");  // so that an empty last one counts
  for (std::string name; std::getline(words, name, ',');) {
    const std::string in_model = name == kHandCamera ? kHandCameraInModel : name;
    if (std::ranges::find(known, in_model) == known.end()) {
      std::vector<std::string> names = known;
      std::ranges::replace(names, std::string(kHandCameraInModel), std::string(kHandCamera));
      const std::string nearest = DidYouMean(name, names);
      throw Error(fmt::format("--cameras: there is no camera '{}'", name),
                  fmt::format("{}{}there are {}, or none for no pictures", nearest,
                              nearest.empty() ? "" : " ", fmt::join(names, ", ")));
    }
    const std::string dataset = (in_model == kHandCameraInModel ? kHandCamera : name) + "_rgb";
    if (std::ranges::find(cameras, dataset, &RecordedCamera::dataset) != cameras.end()) {
      throw Error(fmt::format("--cameras: '{}' is named twice", name));
    }
    cameras.push_back({{in_model, size, size}, dataset});
  }
  return cameras;
}

DemoRecorder::DemoRecorder(std::vector<RecordedCamera> cameras, ObservationTime time)
    : cameras_(std::move(cameras)), time_(time) {}

void DemoRecorder::Begin(const Env& env) {
  demo_ = {};
  demo_.init_state = env.world().State();
  demo_.cameras = cameras_;
  demo_.pictures.resize(cameras_.size());
}

void DemoRecorder::Start(const Env& env, std::span<const Image> frames) {
  state_ = env.world().State();
  if (time_ == ObservationTime::kBeforeAction) before_ = Look(env, frames);
}

void DemoRecorder::AfterStep(const Action& action, const Env& env, std::span<const Image> frames) {
  AppendTo(demo_.states, state_);
  demo_.actions.push_back(action);
  demo_.success.push_back(env.Solved() ? 1 : 0);
  state_ = env.world().State();
  Instant now = Look(env, frames);
  if (before_) std::swap(*before_, now);
  Append(std::move(now));
}

RecordedDemo DemoRecorder::Take() {
  demo_.final_state = std::move(state_);
  before_.reset();
  return std::exchange(demo_, {});
}

DemoRecorder::Instant DemoRecorder::Look(const Env& env, std::span<const Image> frames) const {
  LIBERO_CHECK(frames.size() == cameras_.size());
  Instant instant{.observation = env.Observe(), .pictures = {}};
  for (const Image& frame : frames) {
    instant.pictures.push_back(Deflate(frame.rgb, kPictureGzipLevel));
  }
  return instant;
}

void DemoRecorder::Append(Instant instant) {
  const Observation& seen = instant.observation;
  AppendTo(demo_.joint_states, seen.joint_pos);
  AppendTo(demo_.gripper_states, seen.gripper_qpos);
  AppendTo(demo_.ee_states, seen.eef_pos);
  AppendTo(demo_.ee_states, AxisAngle(seen.eef_quat_xyzw));
  AppendTo(demo_.robot_states, seen.gripper_qpos);
  AppendTo(demo_.robot_states, seen.eef_pos);
  AppendTo(demo_.robot_states, seen.eef_quat_xyzw);
  for (size_t i = 0; i < instant.pictures.size(); ++i) {
    demo_.pictures[i].push_back(std::move(instant.pictures[i]));
  }
}

}  // namespace libero
