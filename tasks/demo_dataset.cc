#include "tasks/demo_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostOpenFiles = 16;
constexpr const char* kSuffix = "_demo";

// "data/demo_3"
std::string GroupOf(int number) {
  return "data/demo_" + std::to_string(number);
}

std::string StemWithoutSuffix(const fs::path& path) {
  std::string stem = path.stem().string();
  if (stem.ends_with(kSuffix)) stem.resize(stem.size() - std::string(kSuffix).size());
  return stem;
}

// Throws Error unless the shape is as expected; 0 stands for any size but zero.
void CheckShape(const Hdf5File& file, const std::string& path, const std::vector<int64_t>& expected,
                const std::string& words) {
  const std::vector<int64_t> shape = file.Shape(path);
  bool fits = shape.size() == expected.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = expected[i] == 0 ? shape[i] > 0 : shape[i] == expected[i];
  }
  if (fits) return;
  throw Error(fmt::format("{}expected {}, got {}", file.Where(path), words, ShapeName(shape)));
}

// Which instant observations are of: as the file says; else, LIBERO's own have attributes and
// OpenVLA's copies have none.
ObservationTime FindTime(const Hdf5File& file) {
  if (file.HasAttribute("data", "observations")) {
    try {
      return FindObservationTime(file.ReadText("data", "observations"));
    } catch (const Error& error) {
      throw Error(file.Where("data", "observations") + error.what());
    }
  }
  return file.HasAttribute("data", "env_args") ? ObservationTime::kAfterAction
                                               : ObservationTime::kBeforeAction;
}

}  // namespace

DemoDataset::DemoDataset(const std::vector<fs::path>& files, const std::vector<Suite>& suites,
                         DemoDatasetOptions options)
    : options_(std::move(options)), sizes_(options_.pictures.size(), {0, 0}) {
  if (files.empty()) throw Error("expected files of demonstrations, got none");
  for (const fs::path& path : files) AddFile(path, suites);
}

void DemoDataset::AddFile(const fs::path& path, const std::vector<Suite>& suites) {
  const DemoFile demo_file(path);
  const Hdf5File file(path);
  DemoFileEntry entry;
  entry.path = path;
  entry.observations = FindTime(file);
  try {
    const Task& task = FindDemoTask(demo_file, suites);
    entry.task = task.name;
    entry.instruction = PolicyInstruction(task, LoadProblem(task.bddl_path));
  } catch (const Error&) {
    // a task of somebody's own
    entry.task = StemWithoutSuffix(path);
    entry.instruction = InstructionFromName(entry.task);
  }
  for (const int number : demo_file.demo_numbers()) {
    const int num_steps = CheckDemo(file, GroupOf(number));
    DemoEntry& demo = demos_.emplace_back();
    demo.file = static_cast<int>(files_.size());
    demo.number = number;
    demo.num_steps = num_steps;
    const std::string chosen = GroupOf(number) + "/chosen_actions";
    if (options_.without_noise && file.Has(chosen)) {
      CheckShape(file, chosen, {num_steps, 7}, "(T, 7)");
      demo.actions = "chosen_actions";
    }
    first_steps_.push_back(num_steps_);
    num_steps_ += num_steps;
  }
  files_.push_back(std::move(entry));
}

// Returns the number of steps.
int DemoDataset::CheckDemo(const Hdf5File& file, const std::string& group) {
  const std::string actions = group + "/actions";
  CheckShape(file, actions, {0, 7}, "(T, 7)");
  const int64_t num_steps = file.Shape(actions)[0];
  const std::string where_t = fmt::format(" with T = {} as of actions", num_steps);
  for (size_t i = 0; i < options_.pictures.size(); ++i) {
    const std::string path = group + "/obs/" + options_.pictures[i];
    CheckShape(file, path, {num_steps, 0, 0, 3}, "(T, H, W, 3)" + where_t);
    if (file.TypeName(path) != "u8") {
      throw Error(fmt::format("{}expected u8, got {}", file.Where(path), file.TypeName(path)));
    }
    const std::vector<int64_t> shape = file.Shape(path);
    const std::pair<int, int> size(static_cast<int>(shape[1]), static_cast<int>(shape[2]));
    if (sizes_[i] == std::pair(0, 0)) sizes_[i] = size;
    if (sizes_[i] != size) {
      throw Error(
          fmt::format("{}expected pictures of {} × {} as before, got {} × {}", file.Where(path),
                      sizes_[i].first, sizes_[i].second, size.first, size.second),
          "`libero regenerate --size` draws them anew in one size");
    }
  }
  for (const std::string& name : options_.numbers) {
    const std::string path = fmt::format("{}/{}", group, name);
    const bool is_vector = file.Shape(path).size() == 1;
    CheckShape(file, path,
               is_vector ? std::vector<int64_t>{num_steps} : std::vector<int64_t>{num_steps, 0},
               "(T) or (T, N)" + where_t);
  }
  return static_cast<int>(num_steps);
}

std::pair<int, int> DemoDataset::Locate(int64_t index) const {
  if (index < 0 || index >= num_steps_) {
    throw Error(fmt::format("expected a step from 0 to {}, got {}", num_steps_ - 1, index));
  }
  const auto after = std::ranges::upper_bound(first_steps_, index);
  const auto demo = static_cast<size_t>(after - first_steps_.begin() - 1);
  return {static_cast<int>(demo), static_cast<int>(index - first_steps_[demo])};
}

const Hdf5File& DemoDataset::Open(int file) const {
  const auto found = std::ranges::find(open_files_, file, &OpenFile::file);
  if (found != open_files_.end()) {
    std::rotate(open_files_.begin(), found, found + 1);
    return *open_files_.front().handle;
  }
  if (open_files_.size() == kMostOpenFiles) open_files_.pop_back();
  const fs::path& path = files_.at(static_cast<size_t>(file)).path;
  open_files_.insert(open_files_.begin(), {file, std::make_unique<Hdf5File>(path)});
  return *open_files_.front().handle;
}

Image DemoDataset::ReadPicture(const Hdf5File& file, const std::string& dataset, size_t index,
                               int row) const {
  const auto [height, width] = sizes_[index];
  const NdArray array = file.ReadRows(dataset, DType::kU8, row, 1);
  const std::span<const uint8_t> bytes = array.values<uint8_t>();
  return {width, height, {bytes.begin(), bytes.end()}};
}

DemoWindow DemoDataset::Read(int demo, int first, int count) const {
  LIBERO_CHECK(count >= 1);
  const DemoEntry& entry = demos_.at(static_cast<size_t>(demo));
  std::vector<int> rows(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    rows[static_cast<size_t>(i)] = std::clamp(first + i, 0, entry.num_steps - 1);
  }
  const Hdf5File& file = Open(entry.file);
  const std::string group = GroupOf(entry.number);
  const int64_t num_read = rows.back() - rows.front() + 1;

  // the rows that differ are read at once, and repeated
  const auto read = [&](const std::string& path, const auto& take) {
    const NdArray array = file.ReadRows(path, DType::kF64, rows.front(), num_read);
    const std::span<const double> values = array.values<double>();
    const size_t width = values.size() / static_cast<size_t>(num_read);
    for (const int row : rows) {
      const auto place = static_cast<size_t>(row - rows.front());
      const std::span<const double> numbers = values.subspan(place * width, width);
      if (!std::ranges::all_of(numbers, [](double x) { return std::isfinite(x); })) {
        throw Error(fmt::format("{}expected finite numbers in row {}", file.Where(path), row));
      }
      take(numbers);
    }
  };
  DemoWindow window;
  const std::string& actions = demos_[static_cast<size_t>(demo)].actions;
  read(group + "/" + actions, [&](std::span<const double> numbers) {
    std::ranges::copy(numbers, window.actions.emplace_back().begin());
  });
  if (options_.without_noise && actions == "actions") window.disturbed.assign(rows.size(), 0);
  if (options_.without_noise && actions != "actions") {
    read(group + "/actions", [&](std::span<const double> taken) {
      const Action& chosen = window.actions[window.disturbed.size()];
      const bool is_near = std::ranges::equal(taken, chosen, [](double a, double b) {
        constexpr double kNear = 0.1;  // of an action's range of ±1
        return std::abs(a - b) <= kNear;
      });
      window.disturbed.push_back(is_near ? 0 : 1);
    });
  }
  for (const std::string& name : options_.numbers) {
    std::vector<double>& list = window.numbers.emplace_back();
    read(fmt::format("{}/{}", group, name), [&](std::span<const double> numbers) {
      list.insert(list.end(), numbers.begin(), numbers.end());
    });
  }
  window.pictures = ReadPictures(demo, rows);
  return window;
}

std::vector<std::vector<Image>> DemoDataset::ReadPictures(int demo,
                                                          std::span<const int> rows) const {
  const DemoEntry& entry = demos_.at(static_cast<size_t>(demo));
  const Hdf5File& file = Open(entry.file);
  std::vector<std::vector<Image>> pictures(options_.pictures.size());
  for (size_t i = 0; i < pictures.size(); ++i) {
    const std::string path = GroupOf(entry.number) + "/obs/" + options_.pictures[i];
    int last_row = -1;
    for (const int wanted : rows) {
      const int row = std::clamp(wanted, 0, entry.num_steps - 1);
      pictures[i].push_back(row == last_row ? pictures[i].back() : ReadPicture(file, path, i, row));
      last_row = row;
    }
  }
  return pictures;
}

}  // namespace libero
