#include "results/demo_tries.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGroup = "demo";  // in a try's file

void MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Error(fmt::format("cannot make {}: {}", path.string(), error.message()));
}

}  // namespace

DemoTries::DemoTries(fs::path folder, Task task, int num_demos, int max_tries)
    : folder_(std::move(folder)),
      task_(std::move(task)),
      num_demos_(num_demos),
      max_tries_(max_tries),
      has_file_(fs::exists(file())) {}

fs::path DemoTries::TryFolder() const {
  return folder_ / ".tries" / task_.name;
}

fs::path DemoTries::TryFile(int number) const {
  return TryFolder() / fmt::format("{:06}.hdf5", number);
}

void DemoTries::Keep(int number, const RecordedDemo& demo) const {
  MakeFolder(TryFolder());
  Hdf5Output file(TryFile(number));
  file.AddGroup(kGroup);
  WriteDemo(file, kGroup, demo);
  file.Finish();
}

void DemoTries::Note(int number, bool success, int num_steps) {
  if (success && !has_file_ && !fs::exists(TryFile(number))) return;
  outcomes_[number] = success ? num_steps : 0;
  errors_.erase(number);
}

std::vector<int> DemoTries::Missing() const {
  std::vector<int> missing;
  if (has_file_) return missing;
  int num_wanted = num_demos_;
  for (int number = 0; number < max_tries_ && num_wanted > 0; ++number) {
    const auto outcome = outcomes_.find(number);
    if (outcome == outcomes_.end() && !errors_.contains(number)) missing.push_back(number);
    if (outcome == outcomes_.end() || outcome->second > 0) --num_wanted;
  }
  return missing;
}

DemoTries::Count DemoTries::CountTries() const {
  Count count;
  for (const auto& [number, num_steps] : outcomes_) {
    if (static_cast<int>(count.successes.size()) == num_demos_) break;
    if (num_steps == 0) {
      ++count.num_failures;
      continue;
    }
    count.successes.push_back(number);
    count.num_steps += num_steps;
  }
  return count;
}

void DemoTries::MakeFile(const DemoFileInfo& info) {
  LIBERO_CHECK(IsComplete());
  const Count count = CountTries();
  LIBERO_CHECK(!count.successes.empty());
  Hdf5Output output(file());
  output.AddGroup("data");
  WriteDemoFileInfo(output, info, static_cast<int>(count.successes.size()), count.num_steps);
  int demo = 0;
  for (const int number : count.successes) {
    output.CopyGroup(TryFile(number), kGroup, fmt::format("data/demo_{}", demo++));
  }
  output.Finish();
  has_file_ = true;
  std::error_code ignored;
  fs::remove_all(TryFolder(), ignored);
}

}  // namespace libero
