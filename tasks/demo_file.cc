#include "tasks/demo_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/index_ranges.h"
#include "sim/base/suggest.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDemoPrefix = "demo_";

// The n of "demo_<n>"; none for other names.
std::optional<int> DemoNumber(std::string_view name) {
  if (!name.starts_with(kDemoPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kDemoPrefix.size());
  int number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  const bool is_number = error == std::errc() && rest == end && number >= 0;
  return is_number && std::to_string(number) == digits ? std::optional(number) : std::nullopt;
}

std::vector<int> DemoNumbers(const Hdf5File& file) {
  if (!file.Has("data")) {
    throw Error(fmt::format("{}: expected a group \"data\" with demonstrations", file.name()),
                "is this a file of LIBERO demonstrations?");
  }
  std::vector<int> numbers;
  for (const std::string& name : file.Names("data")) {
    if (const std::optional<int> number = DemoNumber(name)) numbers.push_back(*number);
  }
  if (numbers.empty()) {
    throw Error(fmt::format("{}expected groups demo_<n>, got none", file.Where("data")));
  }
  std::ranges::sort(numbers);
  return numbers;
}

// An attribute that is one integer in [0, max].
std::optional<int64_t> ReadCount(const Hdf5File& file, const std::string& path,
                                 const std::string& attribute, int64_t max) {
  if (!file.HasAttribute(path, attribute)) return std::nullopt;
  const NdArray array = file.ReadAttribute(path, attribute, DType::kI64);
  if (array.num_elements() != 1) {
    throw Error(fmt::format("{}expected one integer, got {}", file.Where(path, attribute),
                            ShapeName(array.shape)));
  }
  const int64_t value = array.values<int64_t>()[0];
  if (value < 0 || value > max) {
    throw Error(fmt::format("{}expected an integer from 0 to {}, got {}",
                            file.Where(path, attribute), max, value));
  }
  return value;
}

void CheckFinite(std::span<const double> values, size_t width, const std::string& where) {
  const auto bad = std::ranges::find_if(values, [](double x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  const auto index = static_cast<size_t>(bad - values.begin());
  throw Error(fmt::format("{}expected finite numbers, got {} in row {}, column {}", where, *bad,
                          index / width, index % width));
}

// Reads the datasets of one demonstration.
class DemoReader {
 public:
  DemoReader(const Hdf5File& file, std::string path) : file_(file), path_(std::move(path)) {}

  std::vector<Action> Actions() const {
    const std::string path = path_ + "/actions";
    const std::vector<int64_t> shape = file_.Shape(path);
    const auto width = static_cast<int64_t>(Action().size());
    if (shape.size() != 2 || shape[1] != width) {
      throw Error(fmt::format("{}wrong action size: expected (T, {}), got {}", file_.Where(path),
                              width, ShapeName(shape)),
                  "actions are those of OSC_POSE: 3 of position, 3 of rotation, 1 of the gripper");
    }
    if (shape[0] == 0) throw Error(fmt::format("{}expected actions, got none", file_.Where(path)));
    const NdArray array = file_.Read(path, DType::kF64);
    const std::span<const double> values = array.values<double>();
    CheckFinite(values, Action().size(), file_.Where(path));
    std::vector<Action> actions(static_cast<size_t>(shape[0]));
    for (size_t t = 0; t < actions.size(); ++t) {
      std::ranges::copy(values.subspan(t * actions[t].size(), actions[t].size()),
                        actions[t].begin());
    }
    return actions;
  }

  // Numbers of a dataset whose first dimension is `rows` and of which there are `rank`; empty if
  // there is no such dataset. `expected` is that shape in words.
  NdArray ReadIfThere(const std::string& name, size_t rank, std::optional<size_t> rows,
                      const char* expected) const {
    const std::string path = path_ + "/" + name;
    if (!file_.Has(path)) return {};
    const std::vector<int64_t> shape = file_.Shape(path);
    const bool fits = shape.size() == rank && shape.back() > 0 &&
                      (!rows || shape[0] == static_cast<int64_t>(*rows));
    if (!fits) {
      throw Error(fmt::format("{}expected {}{}, got {}", file_.Where(path), expected,
                              rows ? fmt::format(" with T = {} as of actions", *rows) : "",
                              ShapeName(shape)));
    }
    NdArray array = file_.Read(path, DType::kF64);
    CheckFinite(array.values<double>(), static_cast<size_t>(shape.back()), file_.Where(path));
    return array;
  }

  std::vector<double> InitState() const {
    if (!file_.HasAttribute(path_, "init_state")) return {};
    const NdArray array = file_.ReadAttribute(path_, "init_state", DType::kF64);
    const std::string where = file_.Where(path_, "init_state");
    if (array.shape.size() != 1 || array.data.empty()) {
      throw Error(fmt::format("{}expected (D), got {}", where, ShapeName(array.shape)));
    }
    CheckFinite(array.values<double>(), array.num_elements(), where);
    return {array.values<double>().begin(), array.values<double>().end()};
  }

 private:
  const Hdf5File& file_;
  std::string path_;
};

std::vector<double> Doubles(const NdArray& array) {
  if (array.data.empty()) return {};
  const std::span<const double> values = array.values<double>();
  return {values.begin(), values.end()};
}

// Fills in what is there of states, final_state and init_state, and their common size.
void ReadStates(const DemoReader& reader, Demo& demo) {
  const NdArray states = reader.ReadIfThere("states", 2, demo.actions.size(), "(T, D)");
  demo.states = Doubles(states);
  demo.final_state = Doubles(reader.ReadIfThere("final_state", 1, std::nullopt, "(D)"));
  demo.init_state = reader.InitState();

  const std::pair<const char*, size_t> sizes[] = {
      {"states", states.data.empty() ? 0 : static_cast<size_t>(states.shape[1])},
      {"final_state", demo.final_state.size()},
      {"init_state", demo.init_state.size()}};
  for (const auto& [name, size] : sizes) {
    if (size == 0) continue;
    if (demo.state_size == 0) demo.state_size = static_cast<int>(size);
    if (demo.state_size == static_cast<int>(size)) continue;
    throw Error(fmt::format("{}{}: expected states of {} numbers as the others, got {}", demo.where,
                            name, demo.state_size, size));
  }
}

// Those directly in it, in no order.
std::vector<fs::path> Hdf5FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".hdf5") files.push_back(entry.path());
  }
  return files;
}

// The controller in robomimic's env_args: the name, or a configuration whose type is the name.
OscKind FindController(const std::string& env_args, const std::string& where) {
  const auto json = nlohmann::json::parse(env_args, nullptr, false);
  const nlohmann::json::json_pointer path("/env_kwargs/controller_configs");
  if (json.is_discarded() || !json.contains(path)) return OscKind::kPose;
  const nlohmann::json& config = json[path];
  const nlohmann::json& name =
      config.is_object() && config.contains("type") ? config["type"] : config;
  if (name == "OSC_POSITION") return OscKind::kPosition;
  if (name == "OSC_POSE") return OscKind::kPose;
  throw Error(where + "expected the controller OSC_POSE or OSC_POSITION, got " + name.dump(),
              "actions for another controller cannot be played");
}

// The settle action, if there is one.
Action ReadSettleAction(const Hdf5File& file) {
  Action action{};
  if (!file.HasAttribute("data", "settle_action")) return action;
  const NdArray array = file.ReadAttribute("data", "settle_action", DType::kF64);
  const std::string where = file.Where("data", "settle_action");
  if (array.num_elements() != action.size()) {
    throw Error(
        fmt::format("{}expected ({},), got {}", where, action.size(), ShapeName(array.shape)));
  }
  CheckFinite(array.values<double>(), action.size(), where);
  std::ranges::copy(array.values<double>(), action.begin());
  return action;
}

StepMode FindMode(const std::string& name, const std::string& where) {
  try {
    return FindStepMode(name);
  } catch (const Error& error) {
    throw Error(where + error.what());
  }
}

}  // namespace

std::span<const double> Demo::first_state() const {
  if (!states.empty()) return std::span(states).first(static_cast<size_t>(state_size));
  return init_state;
}

DemoFile::DemoFile(const fs::path& path) : file_(path), demo_numbers_(DemoNumbers(file_)) {
  const auto seed = ReadCount(file_, "data", "seed", std::numeric_limits<uint32_t>::max());
  if (seed) seed_ = static_cast<uint32_t>(*seed);
  if (file_.HasAttribute("data", "bddl_file_name")) {
    bddl_file_name_ = file_.ReadText("data", "bddl_file_name");
  }
  if (file_.HasAttribute("data", "env_args")) {
    controller_ =
        FindController(file_.ReadText("data", "env_args"), file_.Where("data", "env_args"));
  }
  if (file_.HasAttribute("data", "step_mode")) {
    mode_ = FindMode(file_.ReadText("data", "step_mode"), file_.Where("data", "step_mode"));
  }
  constexpr int kMaxSettleSteps = 1'000'000;
  if (const auto steps = ReadCount(file_, "data", "settle_steps", kMaxSettleSteps)) {
    settle_steps_ = static_cast<int>(*steps);
  }
  settle_action_ = ReadSettleAction(file_);
}

Demo DemoFile::Read(int number) const {
  Demo demo{.number = number, .settle_steps = settle_steps_, .settle_action = settle_action_};
  const std::string path = "data/" + demo.name();
  demo.where = file_.Where(path);
  if (!std::ranges::binary_search(demo_numbers_, number)) {
    throw Error(fmt::format("{}: there is no {}", name(), demo.name()),
                fmt::format("there are {}", FormatIndexRanges(demo_numbers_)));
  }
  const DemoReader reader(file_, path);
  demo.actions = reader.Actions();
  ReadStates(reader, demo);
  const NdArray flags = reader.ReadIfThere("success", 1, demo.actions.size(), "(T)");
  for (const double flag : Doubles(flags)) demo.success.push_back(flag != 0 ? 1 : 0);

  // attributes
  constexpr int kMaxInt = std::numeric_limits<int>::max();
  if (const auto index = ReadCount(file_, path, "init_index", kMaxInt)) {
    demo.init_index = static_cast<int>(*index);
  }
  if (const auto index = ReadCount(file_, path, "reset_index", kMaxInt)) {
    demo.reset_index = static_cast<int>(*index);
  }
  if (file_.HasAttribute(path, "model_file")) demo.model_file = file_.ReadText(path, "model_file");
  const auto num_samples = ReadCount(file_, path, "num_samples", kMaxInt);
  if (num_samples && static_cast<size_t>(*num_samples) != demo.actions.size()) {
    throw Error(fmt::format("{}num_samples is {}, but there are {} actions", demo.where,
                            *num_samples, demo.actions.size()),
                "the file is damaged or was not written to its end");
  }
  return demo;
}

std::vector<fs::path> FindDemoFiles(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (!fs::exists(input)) throw Error(fmt::format("{}: no such file", input.string()));
    if (!fs::is_directory(input)) {
      files.push_back(input);
      continue;
    }
    std::vector<fs::path> inside = Hdf5FilesIn(input);
    if (inside.empty()) {
      for (const fs::directory_entry& entry : fs::directory_iterator(input)) {
        const bool is_hidden = entry.path().filename().string().starts_with('.');
        if (!entry.is_directory() || is_hidden) continue;
        const std::vector<fs::path> deeper = Hdf5FilesIn(entry.path());
        inside.insert(inside.end(), deeper.begin(), deeper.end());
      }
    }
    if (inside.empty()) {
      throw Error(fmt::format("{}: there is no file *.hdf5 in it", input.string()),
                  "`libero collect` makes demonstrations");
    }
    std::ranges::sort(inside);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

const Task& FindDemoTask(const DemoFile& file, const std::vector<Suite>& suites) {
  // by the BDDL file's name, or else by the file's own
  constexpr std::string_view kSuffix = "_demo";
  const fs::path path = file.bddl_file_name() ? *file.bddl_file_name() : file.name();
  std::string name = path.stem().string();
  if (!file.bddl_file_name() && name.ends_with(kSuffix)) {
    name.resize(name.size() - kSuffix.size());
  }
  const std::string folder = path.parent_path().filename().string();
  if (const Task* task = FindTaskNamed(suites, name, folder)) return *task;

  std::vector<std::string> names;
  for (const Suite& suite : suites) {
    for (const Task& task : suite.tasks) names.push_back(task.name);
  }
  const std::string nearest = DidYouMean(name, names);
  if (file.bddl_file_name()) {
    throw Error(fmt::format("{}no suite has a task '{}'",
                            file.name() + ": /data: attribute bddl_file_name: ", name),
                nearest);
  }
  throw Error(fmt::format("{}: no suite has a task '{}', and the file does not name its BDDL file",
                          file.name(), name),
              nearest.empty() ? "name the file <task>_demo.hdf5, as `libero tasks SUITE --json` "
                                "lists the tasks"
                              : nearest);
}

}  // namespace libero
