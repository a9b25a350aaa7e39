#include "tasks/demo_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kNumbersGzipLevel = 4;

// The Python class of a problem: "libero_floor_manipulation" → "Libero_Floor_Manipulation".
std::string EnvName(const Problem& problem) {
  std::string name = problem.name;
  bool begins_word = true;
  for (char& c : name) {
    if (begins_word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    begins_word = c == '_';
  }
  return name;
}

// Where the file is in LIBERO's folder, and from which folder the suite can be told.
std::string BddlFileName(const Task& task) {
  return fmt::format("bddl_files/{}/{}", task.suite, task.bddl_path.filename().string());
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// robosuite's configuration of its controllers, which demonstrations carry.
// source: robosuite@1.4.0:controllers/config/osc_pose.json, osc_position.json
Json ControllerJson(OscKind kind) {
  const bool has_rotation = kind == OscKind::kPose;
  std::vector<double> output(3, 0.05);
  if (has_rotation) output.insert(output.end(), 3, 0.5);
  std::vector<double> negative = output;
  for (double& x : negative) x = -x;
  Json json = {{"type", has_rotation ? "OSC_POSE" : "OSC_POSITION"},
               {"input_max", 1},
               {"input_min", -1},
               {"output_max", output},
               {"output_min", negative},
               {"kp", 150},
               {"damping_ratio", 1},
               {"impedance_mode", "fixed"},
               {"kp_limits", {0, 300}},
               {"damping_ratio_limits", {0, 10}},
               {"position_limits", nullptr},
               {"orientation_limits", nullptr},
               {"uncouple_pos_ori", true},
               {"control_delta", true},
               {"interpolation", nullptr},
               {"ramp_ratio", 0.2}};
  if (!has_rotation) {
    json.erase("orientation_limits");
    json.erase("uncouple_pos_ori");
  }
  return json;
}

// What the Python stack's environment is made with to play the file.
// source: LIBERO@1952000:scripts/create_dataset.py
Json EnvArgs(const DemoFileInfo& info) {
  std::vector<std::string> cameras;
  for (const RecordedCamera& camera : info.cameras) cameras.push_back(camera.frame.camera);
  const int size = info.cameras.empty() ? 128 : info.cameras.front().frame.width;
  const std::string bddl = BddlFileName(info.task);
  return {{"type", 1},
          {"env_name", EnvName(info.problem)},
          {"problem_name", info.problem.name},
          {"bddl_file", bddl},
          {"env_kwargs",
           {{"robots", {"Panda"}},
            {"controller_configs", ControllerJson(info.controller)},
            {"bddl_file_name", bddl},
            {"has_renderer", false},
            {"has_offscreen_renderer", !cameras.empty()},
            {"ignore_done", true},
            {"use_camera_obs", !cameras.empty()},
            {"camera_depths", false},
            {"camera_names", cameras},
            {"reward_shaping", true},
            {"control_freq", 20},
            {"camera_heights", size},
            {"camera_widths", size},
            {"camera_segmentations", nullptr}}}};
}

// Columns [first, first + width) of rows of `row_size` numbers.
std::vector<double> Columns(const std::vector<double>& rows, size_t row_size, size_t first,
                            size_t width) {
  std::vector<double> columns;
  columns.reserve(rows.size() / row_size * width);
  for (size_t row = 0; row < rows.size(); row += row_size) {
    const auto begin = rows.begin() + static_cast<ptrdiff_t>(row + first);
    columns.insert(columns.end(), begin, begin + static_cast<ptrdiff_t>(width));
  }
  return columns;
}

// Adds the datasets of one demonstration.
class DemoDatasets {
 public:
  DemoDatasets(Hdf5Output& file, std::string path, size_t num_steps)
      : file_(&file), path_(std::move(path)), num_steps_(num_steps) {}

  // (T, width)
  void Rows(const char* name, const std::vector<double>& values) const {
    LIBERO_CHECK(values.size() % num_steps_ == 0);
    file_->Add(path_ + "/" + name, {num_steps_, values.size() / num_steps_}, values, storage_);
  }

  void Actions(const char* name, const std::vector<Action>& actions) const {
    std::vector<double> values;
    for (const Action& action : actions) values.insert(values.end(), action.begin(), action.end());
    Rows(name, values);
  }

  // (T)
  void Flags(const char* name, const std::vector<uint8_t>& values) const {
    file_->Add(path_ + "/" + name, {num_steps_}, values, storage_);
  }

  void Pictures(const RecordedCamera& camera, const std::vector<DeflatedChunk>& pictures) const {
    LIBERO_CHECK(pictures.size() == num_steps_);
    const std::vector<uint64_t> shape = {static_cast<uint64_t>(camera.frame.height),
                                         static_cast<uint64_t>(camera.frame.width), 3};
    file_->AddDeflated(path_ + "/obs/" + camera.dataset, shape, pictures, kPictureGzipLevel);
  }

 private:
  Hdf5Output* file_;
  std::string path_;
  size_t num_steps_;
  Hdf5Storage storage_ = {.chunk_rows = static_cast<int64_t>(num_steps_),
                          .gzip_level = kNumbersGzipLevel};
};

}  // namespace

void WriteDemoFileInfo(Hdf5Output& file, const DemoFileInfo& info, int num_demos,
                       int64_t num_samples) {
  const std::string data = "data";
  const Json problem_info = {{"problem_name", info.problem.name},
                             {"domain_name", info.problem.domain},
                             {"language_instruction", info.problem.language}};
  file.SetAttribute(data, "env_name", EnvName(info.problem));
  file.SetAttribute(data, "problem_info", problem_info.dump());
  file.SetAttribute(data, "macros_image_convention", std::string("opengl"));
  file.SetAttribute(data, "bddl_file_name", BddlFileName(info.task));
  file.SetAttribute(data, "bddl_file_content", ReadText(info.task.bddl_path));
  file.SetAttribute(data, "env_args", EnvArgs(info).dump());
  file.SetAttribute(data, "num_demos", int64_t{num_demos});
  file.SetAttribute(data, "total", num_samples);

  // what LIBERO does not note
  file.SetAttribute(data, "seed", int64_t{info.seed});
  file.SetAttribute(data, "settle_steps", int64_t{info.settle_steps});
  file.SetAttribute(data, "settle_action", std::span<const double>(info.settle_action));
  file.SetAttribute(data, "step_mode", std::string(Name(info.mode)));
  file.SetAttribute(data, "observations", std::string(Name(info.observations)));
  file.SetAttribute(data, "policy", info.policy);
}

void WriteDemo(Hdf5Output& file, const std::string& path, const RecordedDemo& demo) {
  const size_t num_steps = demo.num_steps();
  LIBERO_CHECK(num_steps > 0);
  const DemoDatasets datasets(file, path, num_steps);
  std::vector<uint8_t> last_step(num_steps, 0);
  last_step.back() = 1;
  datasets.Actions("actions", demo.actions);
  if (!demo.chosen_actions.empty()) datasets.Actions("chosen_actions", demo.chosen_actions);
  datasets.Rows("states", demo.states);
  datasets.Rows("robot_states", demo.robot_states);
  datasets.Flags("rewards", last_step);
  datasets.Flags("dones", last_step);
  datasets.Flags("success", demo.success);
  file.Add(path + "/final_state", {demo.final_state.size()}, demo.final_state);

  // observations
  for (size_t i = 0; i < demo.cameras.size(); ++i) {
    datasets.Pictures(demo.cameras[i], demo.pictures[i]);
  }
  datasets.Rows("obs/ee_states", demo.ee_states);
  datasets.Rows("obs/ee_pos", Columns(demo.ee_states, 6, 0, 3));
  datasets.Rows("obs/ee_ori", Columns(demo.ee_states, 6, 3, 3));
  datasets.Rows("obs/gripper_states", demo.gripper_states);
  datasets.Rows("obs/joint_states", demo.joint_states);

  // attributes
  file.SetAttribute(path, "num_samples", static_cast<int64_t>(num_steps));
  file.SetAttribute(path, "model_file", demo.model_file);
  file.SetAttribute(path, "init_state", std::span<const double>(demo.init_state));
  if (demo.init_index) file.SetAttribute(path, "init_index", int64_t{*demo.init_index});
  if (demo.reset_index) file.SetAttribute(path, "reset_index", int64_t{*demo.reset_index});
}

std::string DemoFileName(const Task& task) {
  return task.name + "_demo.hdf5";
}

}  // namespace libero
