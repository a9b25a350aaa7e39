#include "tasks/live_slots.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/base/text_file.h"
#include "tasks/env.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using std::chrono::steady_clock;

constexpr const char* kFormat = "libero live slot 1";
constexpr auto kWantedFor = std::chrono::seconds(3);
constexpr auto kLookEvery = std::chrono::milliseconds(500);
constexpr auto kWriteEvery = std::chrono::milliseconds(100);
constexpr const char* kPrefix = "slot_";

constexpr std::array<std::vector<double> Snapshot::*, 12> kArrays = {
    &Snapshot::qpos,      &Snapshot::qvel,      &Snapshot::xpos,       &Snapshot::xquat,
    &Snapshot::geom_xpos, &Snapshot::geom_xmat, &Snapshot::site_xpos,  &Snapshot::site_xmat,
    &Snapshot::cam_xpos,  &Snapshot::cam_xmat,  &Snapshot::light_xpos, &Snapshot::light_xdir};

template <typename T>
void Append(const std::vector<T>& values, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// Takes so many values off the front of `bytes`.
template <typename T>
std::vector<T> Take(size_t count, std::string_view& bytes) {
  if (bytes.size() / sizeof(T) < count) throw Error("the slot's file is not whole");
  std::vector<T> values(count);
  if (count > 0) std::memcpy(values.data(), bytes.data(), count * sizeof(T));
  bytes.remove_prefix(count * sizeof(T));
  return values;
}

bool IsWanted(const fs::path& folder) {
  std::error_code error;
  const fs::file_time_type touched = fs::last_write_time(folder / "wanted", error);
  return !error && fs::file_time_type::clock::now() - touched < kWantedFor;
}

// The slot that a file is of, −1 if it is of none.
int SlotOf(const fs::path& file) {
  const std::string name = file.filename().string();
  const size_t prefix = std::strlen(kPrefix);
  int slot = -1;
  if (!name.starts_with(kPrefix)) return -1;
  const auto [end, error] = std::from_chars(name.data() + prefix, name.data() + name.size(), slot);
  return error == std::errc() && end == name.data() + name.size() ? slot : -1;
}

// The files of slots that are there.
std::map<int, fs::path> SlotFiles(const fs::path& folder) {
  std::map<int, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    const int slot = SlotOf(file->path());
    std::error_code ignored;
    if (slot >= 0 && file->is_regular_file(ignored)) files[slot] = file->path();
  }
  return files;
}

class LiveWatcher : public EpisodeWatcher {
 public:
  LiveWatcher(fs::path folder, int slot, std::unique_ptr<EpisodeWatcher> other)
      : folder_(std::move(folder)), other_(std::move(other)) {
    now_.slot = slot;
  }

  [[nodiscard]] std::vector<FrameSpec> frames() const override {
    return other_ == nullptr ? std::vector<FrameSpec>() : other_->frames();
  }
  [[nodiscard]] bool WantsFrames(const EpisodeSpec& episode) const override {
    return other_ != nullptr && other_->WantsFrames(episode);
  }
  void BeginEpisode(const EpisodeSpec& episode, const Env& env) override {
    if (other_ != nullptr) other_->BeginEpisode(episode, env);
    now_.episode = episode;
    now_.step = 0;
    now_.action = {};
    now_.end.clear();
    Note(env);
  }
  void Start(const Env& env, std::span<const Image> frames) override {
    if (other_ != nullptr) other_->Start(env, frames);
    Note(env);
  }
  void AfterStep(const StepActions& actions, const Env& env,
                 std::span<const Image> frames) override {
    if (other_ != nullptr) other_->AfterStep(actions, env, frames);
    ++now_.step;
    now_.action = actions.taken;
    Note(env);
  }
  void EndEpisode(const EpisodeResult& result) override {
    if (other_ != nullptr) other_->EndEpisode(result);
    now_.end = result.error.empty() ? Name(result.end) : "error";
    if (is_wanted_ && !now_.snapshot.qpos.empty()) Write();
  }

 private:
  void Note(const Env& env) {
    const steady_clock::time_point now = steady_clock::now();
    if (now >= next_look_) {
      is_wanted_ = !has_failed_ && IsWanted(folder_);
      next_look_ = now + kLookEvery;
    }
    if (!is_wanted_ || now < next_write_) return;
    next_write_ = now + kWriteEvery;
    now_.predicates = env.goal().Values(env.world());
    now_.snapshot = env.snapshot();
    Write();
  }

  // Who looks on is nothing that an episode may fail of.
  void Write() {
    try {
      WriteFileAtomically(folder_ / fmt::format("{}{}", kPrefix, now_.slot), {ToBytes(now_)}, "");
    } catch (const Error& error) {
      LogWarning("tasks", fmt::format("nobody can look on: {}", error.what()));
      has_failed_ = true;
      is_wanted_ = false;
    }
  }

  fs::path folder_;
  std::unique_ptr<EpisodeWatcher> other_;  // may be null
  LiveSlot now_;
  bool is_wanted_ = false;
  bool has_failed_ = false;
  steady_clock::time_point next_look_;
  steady_clock::time_point next_write_;
};

}  // namespace

std::string ToBytes(const LiveSlot& slot) {
  Json sizes = Json::array();
  for (const auto array : kArrays) sizes.push_back((slot.snapshot.*array).size());
  sizes.push_back(slot.snapshot.site_rgba.size());
  const EpisodeSpec& episode = slot.episode;
  const Json header = {{"format", kFormat},
                       {"slot", slot.slot},
                       {"suite", episode.suite},
                       {"task_index", episode.task_index},
                       {"init_index", episode.init_index},
                       {"reset_index", episode.reset_index},
                       {"seed", episode.seed},
                       {"step", slot.step},
                       {"action", slot.action},
                       {"predicates", slot.predicates},
                       {"end", slot.end},
                       {"sizes", sizes}};
  std::string bytes = header.dump() + "\n";
  for (const auto array : kArrays) Append(slot.snapshot.*array, bytes);
  Append(slot.snapshot.site_rgba, bytes);
  return bytes;
}

LiveSlot LiveSlotFromBytes(const std::string& bytes) {
  const size_t end = bytes.find('\n');
  const Json header = Json::parse(bytes.substr(0, end), nullptr, false);
  if (end == std::string::npos || !header.is_object() || header.value("format", "") != kFormat) {
    throw Error(fmt::format("a slot's file is not of the format '{}'", kFormat),
                "is the run of another version of the program?");
  }
  LiveSlot slot;
  try {
    slot.slot = header.at("slot");
    slot.episode = {.suite = header.at("suite"),
                    .task_index = header.at("task_index"),
                    .init_index = header.at("init_index"),
                    .reset_index = header.at("reset_index"),
                    .seed = header.at("seed")};
    slot.step = header.at("step");
    slot.action = header.at("action").get<Action>();
    slot.predicates = header.at("predicates").get<std::vector<bool>>();
    slot.end = header.at("end");
    std::string_view rest = std::string_view(bytes).substr(end + 1);
    const auto sizes = header.at("sizes").get<std::array<size_t, kArrays.size() + 1>>();
    for (size_t i = 0; i < kArrays.size(); ++i) {
      slot.snapshot.*kArrays[i] = Take<double>(sizes[i], rest);
    }
    slot.snapshot.site_rgba = Take<float>(sizes.back(), rest);
  } catch (const Json::exception& error) {
    throw Error(fmt::format("a slot's file makes no sense: {}", error.what()));
  }
  return slot;
}

EpisodeWatcherFactory MakeLiveWatchers(const fs::path& run_folder, EpisodeWatcherFactory others) {
  RemoveLiveSlots(run_folder);
  return [folder = run_folder / "live", others = std::move(others), next_slot = 0]() mutable {
    return std::make_unique<LiveWatcher>(folder, next_slot++, others ? others() : nullptr);
  };
}

void RemoveLiveSlots(const fs::path& run_folder) {
  const fs::path folder = run_folder / "live";
  std::error_code ignored;
  for (const auto& [slot, file] : SlotFiles(folder)) fs::remove(file, ignored);
  if (!IsWanted(folder)) fs::remove(folder / "wanted", ignored);
  fs::remove(folder, ignored);  // if it is empty
}

LiveSlotReader::~LiveSlotReader() {
  std::error_code ignored;
  fs::remove(folder_ / "wanted", ignored);
  fs::remove(folder_, ignored);  // if it is empty
}

void LiveSlotReader::Want() const {
  std::error_code ignored;
  fs::create_directory(folder_, ignored);
  std::ofstream(folder_ / "wanted") << "by libero view\n";
}

void LiveSlotReader::Update() {
  const std::map<int, fs::path> files = SlotFiles(folder_);
  std::erase_if(slots_, [&](const auto& slot) { return !files.contains(slot.first); });
  std::erase_if(times_, [&](const auto& time) { return !files.contains(time.first); });
  for (const auto& [number, file] : files) {
    std::error_code error;
    const fs::file_time_type written = fs::last_write_time(file, error);
    if (error) continue;  // it has just been removed
    const std::chrono::duration<double> age = fs::file_time_type::clock::now() - written;
    const auto known = times_.find(number);
    if (known == times_.end() || known->second != written) {
      times_[number] = written;
      try {
        slots_[number] = LiveSlotFromBytes(ReadTextFile(file));
      } catch (const Error&) {
        slots_.erase(number);  // removed meanwhile, or of another version
      }
    }
    if (const auto slot = slots_.find(number); slot != slots_.end()) {
      slot->second.age_s = age.count();
    }
  }
}

}  // namespace libero
