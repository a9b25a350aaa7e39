#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/hdf5_output.h"
#include "sim/observation.h"

namespace libero {

class Env;

// Which instant the observation in row t of a demonstration is of.
enum class ObservationTime {
  kAfterAction,   // after action t, as in LIBERO's own files: a step later than state t
  kBeforeAction,  // before it, as a policy sees it: as in the copies without no-ops
};

// "after_action", "before_action".
[[nodiscard]] std::string_view Name(ObservationTime time);
// Throws Error for other names.
[[nodiscard]] ObservationTime FindObservationTime(std::string_view name);

// A camera whose pictures a demonstration has.
struct RecordedCamera {
  FrameSpec frame;
  std::string dataset;  // below "obs": "agentview_rgb"
};

// From "agentview,eye_in_hand", LIBERO's names, to which others of the scene's cameras may be
// added ("frontview"); "none" is none. Pictures are `size` pixels wide and high. Throws Error about
// the options --cameras or --size if a camera is not one of `known` (a scene's, in MuJoCo's names),
// one is named twice, or the size is not in [1, 4096].
[[nodiscard]] std::vector<RecordedCamera> ParseCameras(const std::string& text, int size,
                                                       const std::vector<std::string>& known);

// The gzip level of pictures; why this one: tasks/README.md.
inline constexpr int kPictureGzipLevel = 4;

// A demonstration as it is written, T steps: see demo_writer.h for what the fields are.
struct RecordedDemo {
  std::vector<double> init_state;      // (D), where the episode began, before settle steps
  std::vector<double> states;          // (T, D)
  std::vector<double> final_state;     // (D)
  std::vector<Action> actions;         // (T)
  std::vector<Action> chosen_actions;  // (T), before noise was added; or empty
  std::vector<uint8_t> success;        // (T)
  std::vector<double> joint_states;    // (T, 7)
  std::vector<double> gripper_states;  // (T, 2)
  std::vector<double> ee_states;       // (T, 6)
  std::vector<double> robot_states;    // (T, 9)
  std::vector<RecordedCamera> cameras;
  std::vector<std::vector<DeflatedChunk>> pictures;  // (T), of each camera
  std::string model_file;
  std::optional<int> init_index;
  std::optional<int> reset_index;

  [[nodiscard]] size_t num_steps() const { return actions.size(); }
};

// Records one demonstration after another from an environment. Pictures are compressed as they
// come, so that a demonstration of 150 steps with two cameras of 128 pixels takes some 8 MB.
class DemoRecorder {
 public:
  DemoRecorder(std::vector<RecordedCamera> cameras, ObservationTime time);

  // A demonstration begins in this state, with settle steps or right with Start().
  void Begin(const Env& env);

  // The state before the first action, and the pictures of it, one for each camera.
  void Start(const Env& env, std::span<const Image> frames);

  // The action has been taken.
  void AfterStep(const Action& action, const Env& env, std::span<const Image> frames);

  // What was recorded, without chosen_actions, model_file and indices.
  [[nodiscard]] RecordedDemo Take();

 private:
  // What is observed at one instant.
  struct Instant {
    Observation observation;
    std::vector<DeflatedChunk> pictures;
  };

  [[nodiscard]] Instant Look(const Env& env, std::span<const Image> frames) const;
  void Append(Instant instant);

  std::vector<RecordedCamera> cameras_;
  ObservationTime time_;
  RecordedDemo demo_;
  std::vector<double> state_;      // before the next action
  std::optional<Instant> before_;  // of the same time, if that is what is wanted
};

}  // namespace libero
