#include "tests/golden/parity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

#include "sim/base/check.h"
#include "sim/scene.h"
#include "tasks/bddl/problem.h"
#include "tasks/workspace.h"

namespace libero {
namespace {

constexpr double kEqualDb = 99;
constexpr int kSteps = 10;

bool IsRobot(const std::string& joint) {
  return joint.starts_with("robot0_") || joint.starts_with("gripper0_");
}

// Moves joints of fixtures to places that the stream chooses.
void MoveFixtures(const mjModel& model, std::mt19937& random, std::vector<double>& state) {
  for (int i = 0; i < model.njnt; ++i) {
    const char* name = mj_id2name(&model, mjOBJ_JOINT, i);
    const bool is_single = model.jnt_type[i] == mjJNT_HINGE || model.jnt_type[i] == mjJNT_SLIDE;
    if (!is_single || !model.jnt_limited[i] || (name != nullptr && IsRobot(name))) continue;
    const double* range = model.jnt_range + 2 * static_cast<ptrdiff_t>(i);
    std::uniform_real_distribution<double> place(range[0], range[1]);
    state.at(1 + static_cast<size_t>(model.jnt_qposadr[i])) = place(random);
  }
}

}  // namespace

double PsnrDb(const Image& a, const Image& b) {
  LIBERO_CHECK(a.rgb.size() == b.rgb.size() && !a.rgb.empty());
  double squares = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const int difference = int{a.rgb[i]} - int{b.rgb[i]};
    squares += difference * difference;
  }
  if (squares == 0) return kEqualDb;
  const double mean = squares / static_cast<double>(a.rgb.size());
  return std::min(kEqualDb, 10 * std::log10(255.0 * 255.0 / mean));
}

int MedianDifference(const Image& a, const Image& b) {
  LIBERO_CHECK(a.rgb.size() == b.rgb.size() && !a.rgb.empty());
  std::array<size_t, 256> counts{};
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    ++counts.at(static_cast<size_t>(std::abs(int{a.rgb[i]} - int{b.rgb[i]})));
  }
  size_t below = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts.at(i);
    if (2 * below >= a.rgb.size()) return static_cast<int>(i);
  }
  return 255;
}

double SameSegmentation(const GeometryImage& a, const GeometryImage& b) {
  const size_t num_pixels = a.object_id.size();
  if (b.object_id.size() != num_pixels || num_pixels == 0) return 0;
  size_t num_same = 0;
  for (size_t i = 0; i < num_pixels; ++i) {
    num_same += a.object_type[i] == b.object_type[i] && a.object_id[i] == b.object_id[i] ? 1 : 0;
  }
  return static_cast<double>(num_same) / static_cast<double>(num_pixels);
}

double MedianDepthError(const GeometryImage& a, const GeometryImage& b) {
  std::vector<double> errors;
  if (a.object_id.size() == b.object_id.size()) {
    for (size_t i = 0; i < a.object_id.size(); ++i) {
      const bool is_same = a.object_type[i] == b.object_type[i] && a.object_id[i] == b.object_id[i];
      if (is_same && a.object_id[i] >= 0) {
        errors.push_back(std::abs(double{a.depth[i]} - double{b.depth[i]}));
      }
    }
  }
  if (errors.empty()) return 0;
  const auto middle = errors.begin() + static_cast<ptrdiff_t>(errors.size() / 2);
  std::ranges::nth_element(errors, middle);
  return *middle;
}

FramePair DrawPair(Renderer& a, Renderer& b, const Snapshot& snapshot, int camera_id, int size) {
  FramePair frames;
  frames.a = frames.b = {size, size, {}};
  frames.geometry_a.width = frames.geometry_b.width = size;
  frames.geometry_a.height = frames.geometry_b.height = size;
  a.Render(snapshot, camera_id, frames.a);
  b.Render(snapshot, camera_id, frames.b);
  a.RenderGeometry(snapshot, camera_id, frames.geometry_a);
  b.RenderGeometry(snapshot, camera_id, frames.geometry_b);
  return frames;
}

Parity Compare(const FramePair& frames) {
  return {.psnr_db = PsnrDb(frames.a, frames.b),
          .median_difference = MedianDifference(frames.a, frames.b),
          .same_segmentation = SameSegmentation(frames.geometry_a, frames.geometry_b),
          .median_depth_error = MedianDepthError(frames.geometry_a, frames.geometry_b)};
}

std::vector<Task> DistinctScenes(const std::vector<Task>& tasks) {
  std::set<std::string> texts;
  std::vector<Task> distinct;
  for (const Task& task : tasks) {
    const SceneSpec spec = MakeSceneSpec(LoadProblem(task.bddl_path));
    if (texts.insert(ComposeScene(LIBERO_DEPS_DIR, spec).text).second) distinct.push_back(task);
  }
  return distinct;
}

Snapshot RandomState(const TaskSetup& setup, int index) {
  std::mt19937 random(static_cast<uint32_t>(index));
  Env env(setup, {.mode = StepMode::kFast});
  env.Reset(1 + index);
  const std::span<const double> init =
      setup.init_states.state(index % setup.init_states.num_states());
  std::vector<double> state(init.begin(), init.end());
  MoveFixtures(env.world().model(), random, state);
  env.SetState(state);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Action action{};
  for (double& x : action) x = uniform(random);
  for (int i = 0; i < kSteps; ++i) env.Step(action);
  return env.snapshot();
}

std::vector<Snapshot> MovingArm(const TaskSetup& setup, int num_frames) {
  constexpr int kJoints = 7;
  constexpr double kAmplitude = 0.01;  // rad
  Env env(setup, {.mode = StepMode::kFast});
  env.SetInitState(0);
  for (int i = 0; i < kSteps; ++i) env.Step({0, 0, 0, 0, 0, 0, -1});
  World& world = env.world();
  std::vector<int> addresses;
  for (int i = 1; i <= kJoints; ++i) {
    const std::string name = "robot0_joint" + std::to_string(i);
    const int joint = mj_name2id(&world.model(), mjOBJ_JOINT, name.c_str());
    LIBERO_CHECK(joint >= 0);
    addresses.push_back(world.model().jnt_qposadr[joint]);
  }
  std::vector<Snapshot> snapshots(static_cast<size_t>(num_frames));
  for (int frame = 0; frame < num_frames; ++frame) {
    for (size_t i = 0; i < addresses.size(); ++i) {
      world.data().qpos[addresses[i]] +=
          kAmplitude * std::sin(0.3 * frame + static_cast<double>(i));
    }
    world.Forward();
    TakeSnapshot(world, snapshots[static_cast<size_t>(frame)]);
  }
  return snapshots;
}

Image Beside(const std::vector<Image>& images) {
  Image all = {0, images.at(0).height, {}};
  for (const Image& image : images) all.width += image.width;
  for (int row = 0; row < all.height; ++row) {
    for (const Image& image : images) {
      const auto start = image.rgb.begin() + ptrdiff_t{3} * row * image.width;
      all.rgb.insert(all.rgb.end(), start, start + ptrdiff_t{3} * image.width);
    }
  }
  return all;
}

Image Below(const std::vector<Image>& images) {
  Image all = {images.at(0).width, 0, {}};
  for (size_t i = images.size(); i-- > 0;) {  // row 0 is the bottom row
    all.height += images[i].height;
    all.rgb.insert(all.rgb.end(), images[i].rgb.begin(), images[i].rgb.end());
  }
  return all;
}

Image DifferenceImage(const Image& a, const Image& b, int factor) {
  LIBERO_CHECK(a.rgb.size() == b.rgb.size());
  Image difference = a;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const int distance = factor * std::abs(int{a.rgb[i]} - int{b.rgb[i]});
    difference.rgb[i] = static_cast<uint8_t>(std::min(distance, 255));
  }
  return difference;
}

}  // namespace libero
