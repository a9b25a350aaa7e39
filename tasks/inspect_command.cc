#include "tasks/inspect_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/index_ranges.h"
#include "sim/base/text_table.h"
#include "tasks/demo_file.h"
#include "tasks/noop_filter.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestText = 60;  // of an attribute that is printed

// What LIBERO's files have in every demonstration, with the widths of rows; 0: any.
struct Field {
  const char* name;
  std::vector<int64_t> row;
};
const std::vector<Field>& LiberoFields() {
  static const std::vector<Field> fields = {
      {"states", {0}},
      {"robot_states", {9}},
      {"rewards", {}},
      {"dones", {}},
      {"obs/agentview_rgb", {0, 0, 3}},
      {"obs/eye_in_hand_rgb", {0, 0, 3}},
      {"obs/ee_states", {6}},
      {"obs/ee_pos", {3}},
      {"obs/ee_ori", {3}},
      {"obs/gripper_states", {2}},
      {"obs/joint_states", {7}},
  };
  return fields;
}

// The datasets below a group, by their paths in it.
void ListDatasets(const Hdf5File& file, const std::string& group, const std::string& prefix,
                  std::vector<std::string>& paths) {
  for (const std::string& name : file.Names(group)) {
    const std::string path = fmt::format("{}/{}", group, name);
    if (file.IsGroup(path)) {
      ListDatasets(file, path, prefix + name + "/", paths);
    } else {
      paths.push_back(prefix + name);
    }
  }
}

// numpy's quantile with linear interpolation, of sorted numbers.
double Quantile(const std::vector<double>& sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// Of one number of the actions.
struct Statistics {
  double min = 0;
  double q01 = 0;
  double mean = 0;
  double std = 0;
  double q99 = 0;
  double max = 0;
};

// Of values that are not empty.
Statistics Describe(std::vector<double> values) {
  std::ranges::sort(values);
  const auto num = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / num;
  double squares = 0;
  for (const double x : values) squares += (x - mean) * (x - mean);
  return {.min = values.front(),
          .q01 = Quantile(values, 0.01),
          .mean = mean,
          .std = std::sqrt(squares / num),
          .q99 = Quantile(values, 0.99),
          .max = values.back()};
}

constexpr std::array kActionNames = {"x", "y", "z", "roll", "pitch", "yaw", "gripper"};

// Looks through one file.
class Inspection {
 public:
  Inspection(const InspectOptions& options, std::ostream& out)
      : options_(&options), out_(&out), demos_(options.file), file_(options.file) {}

  int Run() {
    FindTask();
    for (const int number : demos_.demo_numbers()) LookAt(number);
    CheckCounts();
    if (options_->json) {
      *out_ << Report().dump(2) << "\n";
    } else {
      PrintText();
    }
    return problems_.empty() ? 0 : 1;
  }

 private:
  // Notes a problem once for all demonstrations that have it.
  void Problem(const std::string& text, int number) {
    const auto known = std::ranges::find(problems_, text, &Found::text);
    if (known == problems_.end()) {
      problems_.push_back({text, {number}});
    } else if (known->demos.back() != number) {
      known->demos.push_back(number);
    }
  }
  void Problem(const std::string& text) { problems_.push_back({text, {}}); }

  void FindTask();
  void LookAt(int number);
  void CheckFields(int number, size_t num_steps);
  void CheckField(int number, const std::string& name, const std::vector<int64_t>& row,
                  size_t num_steps);
  void CheckCounts();

  void PrintText();
  void PrintHead();
  void PrintAttributes(const std::string& path, const std::string& title);
  void PrintTree();
  void PrintLengths();
  void PrintActions();
  void PrintProblems();
  [[nodiscard]] std::string Shown(const std::string& path, const std::string& attribute) const;

  [[nodiscard]] Json Report() const;
  [[nodiscard]] Json AttributesJson(const std::string& path) const;
  [[nodiscard]] Json TreeJson() const;

  [[nodiscard]] double num_megabytes() const;
  [[nodiscard]] std::string first_demo() const {
    return "data/demo_" + std::to_string(demos_.demo_numbers().front());
  }

  struct Found {
    std::string text;
    std::vector<int> demos;  // that have it; none: the file
  };

  const InspectOptions* options_;
  std::ostream* out_;
  DemoFile demos_;
  Hdf5File file_;
  std::optional<Task> task_;
  std::string sentence_;
  std::vector<Found> problems_;
  std::vector<int> lengths_;
  std::array<std::vector<double>, 7> actions_;  // by dimension
  int64_t num_noops_ = 0;
};

double Inspection::num_megabytes() const {
  std::error_code ignored;
  return static_cast<double>(std::filesystem::file_size(options_->file, ignored)) / 1e6;
}

void Inspection::FindTask() {
  try {
    const std::vector<Suite> suites = LoadSuites(options_->data_root);
    const Task& task = FindDemoTask(demos_, suites);
    sentence_ = PolicyInstruction(task, LoadProblem(task.bddl_path));
    task_ = task;
  } catch (const Error& error) {
    Problem(error.what());
  }
}

void Inspection::PrintText() {
  PrintHead();
  PrintAttributes("data", "attributes of /data");
  PrintTree();
  PrintLengths();
  PrintActions();
  PrintProblems();
}

void Inspection::PrintHead() {
  *out_ << fmt::format("{}: {:.1f} MB\n", file_.name(), num_megabytes());
  if (!task_) return;
  *out_ << fmt::format("task      {} {} ({})\nsentence  {}\n", task_->suite, task_->index,
                       task_->name, sentence_);
}

// An attribute's value in a few words.
std::string Inspection::Shown(const std::string& path, const std::string& attribute) const {
  try {
    std::string text = file_.ReadText(path, attribute);
    const size_t size = text.size();
    text = text.substr(0, std::min(text.find('\n'), kLongestText));
    return text.size() == size ? text : fmt::format("{}… ({} characters)", text, size);
  } catch (const Error&) {
    // no text
  }
  try {
    const NdArray array = file_.ReadAttribute(path, attribute, DType::kF64);
    const std::span<const double> values = array.values<double>();
    constexpr size_t kMostNumbers = 8;
    if (values.size() > kMostNumbers) return fmt::format("{} numbers", values.size());
    return fmt::format("{}", fmt::join(values, ", "));
  } catch (const Error&) {
    return "neither text nor numbers";
  }
}

void Inspection::PrintAttributes(const std::string& path, const std::string& title) {
  TextTable table{{{title}, {"value", false, true}}, {}};
  for (const std::string& name : file_.AttributeNames(path)) {
    table.rows.push_back({name, Shown(path, name)});
  }
  *out_ << "\n";
  if (table.rows.empty()) {
    *out_ << title << ": none\n";
    return;
  }
  PrintTable(table, options_->width, *out_);
}

void Inspection::PrintTree() {
  const std::string group = first_demo();
  std::vector<std::string> paths;
  ListDatasets(file_, group, "", paths);
  TextTable table{{{"/" + group}, {"type"}, {"shape"}}, {}};
  for (const std::string& path : paths) {
    const std::string full = fmt::format("{}/{}", group, path);
    table.rows.push_back({path, file_.TypeName(full), ShapeName(file_.Shape(full))});
  }
  *out_ << "\n";
  PrintTable(table, options_->width, *out_);
  PrintAttributes(group, "attributes of /" + group);
}

void Inspection::LookAt(int number) {
  try {
    const Demo demo = demos_.Read(number);
    const size_t num_steps = demo.actions.size();
    lengths_.push_back(static_cast<int>(num_steps));
    NoopFilter filter;
    for (const Action& action : demo.actions) {
      for (size_t i = 0; i < action.size(); ++i) actions_[i].push_back(action[i]);
      if (std::ranges::any_of(action, [](double x) { return std::abs(x) > 1; })) {
        Problem("actions are not all in [-1, 1]", number);
      }
      if (!filter.Keep(action)) ++num_noops_;
    }
    if (!demo.success.empty() && demo.success.back() == 0) {
      Problem("the goal does not hold after the last action", number);
    }
    if (!demo.model_file) Problem("there is no attribute model_file", number);
    if (demo.init_state.empty()) Problem("there is no attribute init_state", number);
    CheckFields(number, num_steps);
  } catch (const Error& error) {
    Problem(error.what());
  }
}

void Inspection::CheckFields(int number, size_t num_steps) {
  for (const Field& field : LiberoFields()) CheckField(number, field.name, field.row, num_steps);
}

void Inspection::CheckField(int number, const std::string& name, const std::vector<int64_t>& row,
                            size_t num_steps) {
  const std::string path = fmt::format("data/demo_{}/{}", number, name);
  if (!file_.Has(path)) return Problem(fmt::format("there is no dataset {}", name), number);
  const std::vector<int64_t> shape = file_.Shape(path);
  bool fits = shape.size() == row.size() + 1 && shape[0] == static_cast<int64_t>(num_steps);
  for (size_t i = 0; fits && i < row.size(); ++i) fits = row[i] == 0 || row[i] == shape[i + 1];
  if (!fits) {
    std::vector<std::string> expected = {std::to_string(num_steps)};
    for (const int64_t size : row) expected.push_back(size == 0 ? "any" : std::to_string(size));
    return Problem(fmt::format("{}expected ({}), got {}", file_.Where(path),
                               fmt::join(expected, ", "), ShapeName(shape)),
                   number);
  }
  if (row.size() == 3) {  // pictures
    if (file_.TypeName(path) != "u8") Problem(name + " are not bytes", number);
    for (const int64_t step : {int64_t{0}, shape[0] - 1}) {
      const NdArray picture = file_.ReadRows(path, DType::kU8, step, 1);
      const auto bytes = picture.values<uint8_t>();
      const bool is_plain = std::ranges::all_of(bytes, [&](uint8_t x) { return x == bytes[0]; });
      if (is_plain) Problem("pictures of one colour in " + name, number);
    }
    return;
  }
  const NdArray values = file_.Read(path, DType::kF64);
  const bool is_finite =
      std::ranges::all_of(values.values<double>(), [](double x) { return std::isfinite(x); });
  if (!is_finite) Problem("numbers that are not finite in " + name, number);
}

void Inspection::CheckCounts() {
  const auto check = [&](const char* attribute, int64_t expected) {
    if (!file_.HasAttribute("data", attribute)) {
      return Problem(fmt::format("/data has no attribute {}", attribute));
    }
    const NdArray value = file_.ReadAttribute("data", attribute, DType::kI64);
    if (value.num_elements() == 1 && value.values<int64_t>()[0] == expected) return;
    Problem(fmt::format("{}expected {}, got {}", file_.Where("data", attribute), expected,
                        fmt::join(value.values<int64_t>(), ", ")));
  };
  check("num_demos", static_cast<int64_t>(demos_.demo_numbers().size()));
  check("total", std::accumulate(lengths_.begin(), lengths_.end(), int64_t{0}));
  for (const char* attribute : {"bddl_file_name", "env_args", "problem_info"}) {
    if (!file_.HasAttribute("data", attribute)) {
      Problem(fmt::format("/data has no attribute {}", attribute));
    }
  }
  if (demos_.demo_numbers().back() + 1 != static_cast<int>(demos_.demo_numbers().size())) {
    Problem(fmt::format("the numbers of demonstrations have gaps: {}",
                        FormatIndexRanges(demos_.demo_numbers())));
  }
}

void Inspection::PrintLengths() {
  if (lengths_.empty()) return;
  std::vector<int> sorted = lengths_;
  std::ranges::sort(sorted);
  *out_ << fmt::format("\n{} demonstrations ({}), {} steps: shortest {}, median {}, longest {}\n",
                       lengths_.size(), FormatIndexRanges(demos_.demo_numbers()),
                       std::accumulate(sorted.begin(), sorted.end(), int64_t{0}), sorted.front(),
                       sorted[sorted.size() / 2], sorted.back());
}

void Inspection::PrintActions() {
  if (lengths_.empty()) return;
  TextTable table{{{"action"},
                   {"min", true},
                   {"q01", true},
                   {"mean", true},
                   {"std", true},
                   {"q99", true},
                   {"max", true}},
                  {}};
  for (size_t i = 0; i < actions_.size(); ++i) {
    const Statistics found = Describe(actions_[i]);
    std::vector<std::string> row = {kActionNames[i]};
    for (const double x : {found.min, found.q01, found.mean, found.std, found.q99, found.max}) {
      row.push_back(fmt::format("{:.4f}", x));
    }
    table.rows.push_back(std::move(row));
  }
  *out_ << "\n";
  PrintTable(table, options_->width, *out_);
  *out_ << fmt::format("{} actions do nothing (see `libero regenerate --drop-noops`)\n",
                       num_noops_);
}

void Inspection::PrintProblems() {
  *out_ << (problems_.empty() ? "\nno problems found\n" : "\nproblems:\n");
  for (const Found& found : problems_) {
    *out_ << "  " << found.text;
    if (!found.demos.empty()) *out_ << " (demonstrations " << FormatIndexRanges(found.demos) << ")";
    *out_ << "\n";
  }
}

// Texts and numbers as they are; null for what is neither.
Json Inspection::AttributesJson(const std::string& path) const {
  Json attributes = Json::object();
  for (const std::string& name : file_.AttributeNames(path)) {
    attributes[name] = nullptr;
    try {
      attributes[name] = file_.ReadText(path, name);
      continue;
    } catch (const Error&) {
      // no text
    }
    try {
      const NdArray array = file_.ReadAttribute(path, name, DType::kF64);
      const std::span<const double> values = array.values<double>();
      attributes[name] =
          values.size() == 1 ? Json(values[0]) : Json(std::vector(values.begin(), values.end()));
    } catch (const Error&) {
      // no numbers
    }
  }
  return attributes;
}

Json Inspection::TreeJson() const {
  std::vector<std::string> paths;
  ListDatasets(file_, first_demo(), "", paths);
  Json tree = Json::object();
  for (const std::string& path : paths) {
    const std::string full = fmt::format("{}/{}", first_demo(), path);
    tree[path] = {{"type", file_.TypeName(full)}, {"shape", file_.Shape(full)}};
  }
  return tree;
}

Json Inspection::Report() const {
  Json task;
  if (task_) {
    task = {{"suite", task_->suite},
            {"index", task_->index},
            {"name", task_->name},
            {"sentence", sentence_}};
  }
  Json actions = Json::object();
  for (size_t i = 0; i < actions_.size() && !lengths_.empty(); ++i) {
    const Statistics found = Describe(actions_[i]);
    actions[kActionNames[i]] = {{"min", found.min}, {"q01", found.q01}, {"mean", found.mean},
                                {"std", found.std}, {"q99", found.q99}, {"max", found.max}};
  }
  Json problems = Json::array();
  for (const Found& found : problems_) {
    problems.push_back({{"text", found.text}, {"demos", found.demos}});
  }
  return {{"file", options_->file.string()},
          {"megabytes", num_megabytes()},
          {"task", task},
          {"attributes", AttributesJson("data")},
          {"demos", demos_.demo_numbers()},
          {"first_demo", {{"datasets", TreeJson()}, {"attributes", AttributesJson(first_demo())}}},
          {"lengths", lengths_},
          {"actions", actions},
          {"num_noops", num_noops_},
          {"problems", problems}};
}

}  // namespace

int RunInspectCommand(const InspectOptions& options, std::ostream& out) {
  return Inspection(options, out).Run();
}

}  // namespace libero
