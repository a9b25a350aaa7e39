#include "training/training_set.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <semaphore>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/base/thread_pool.h"
#include "sim/base/zip_reader.h"
#include "tasks/demo_dataset.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

// To be raised when the same files and options would give other frames than before.
constexpr int kVersion = 1;

// Rows that are read, and given to a thread, at a time.
constexpr int kPieceRows = 16;

// Pieces of a thread that may wait for it.
constexpr int kPiecesPerThread = 3;

std::string HashName(const XXH128_hash_t& hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// Depends on the contents of the files, not on their names.
std::string MakeKey(const std::vector<fs::path>& files, const TrainingSetOptions& options) {
  std::string text =
      fmt::format("version {}\npicture {}\nsize {}\nquality {}\n", kVersion, options.picture,
                  options.transform.size, options.transform.jpeg_quality);
  for (const fs::path& path : files) {
    const MappedFile file(path.string());
    const XXH128_hash_t hash = XXH3_128bits(file.bytes().data(), file.bytes().size());
    text += fmt::format("file {} {}\n", file.bytes().size(), HashName(hash));
  }
  return HashName(XXH3_128bits(text.data(), text.size()));
}

// How many rows later the action is that follows what a row observes.
int ShiftOf(const DemoDataset& dataset, const DemoEntry& demo) {
  const DemoFileEntry& file = dataset.files()[static_cast<size_t>(demo.file)];
  return file.observations == ObservationTime::kAfterAction ? 1 : 0;
}

bool IsObservation(const std::string& name) {
  return name.starts_with("obs/") || name == "robot_states";
}

// Appends rows [skipped, T) of numbers, or [0, T - shift) of observations.
void AppendNumbers(const std::vector<double>& values, int num_steps, int shift,
                   TrainingNumbers& numbers) {
  const size_t width = values.size() / static_cast<size_t>(num_steps);
  LIBERO_CHECK(numbers.width == 0 || numbers.width == width);
  numbers.width = width;
  const size_t num_left_out = static_cast<size_t>(shift) * width;
  const size_t first = IsObservation(numbers.name) ? 0 : num_left_out;
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  const size_t count = values.size() - num_left_out;
  numbers.values.insert(numbers.values.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
}

// Everything but pictures and key.
TrainingSet ReadNumbers(const DemoDataset& dataset, const std::vector<std::string>& names) {
  TrainingSet set;
  for (const std::string& name : names) set.numbers.push_back({.name = name});
  for (size_t i = 0; i < dataset.demos().size(); ++i) {
    const DemoEntry& entry = dataset.demos()[i];
    const int shift = ShiftOf(dataset, entry);
    if (entry.num_steps <= shift) continue;
    const DemoFileEntry& file = dataset.files()[static_cast<size_t>(entry.file)];
    set.demos.push_back({set.num_rows(), entry.num_steps - shift, file.task, file.instruction});
    const DemoWindow window = dataset.Read(static_cast<int>(i), 0, entry.num_steps);
    set.actions.insert(set.actions.end(), window.actions.begin() + shift, window.actions.end());
    set.disturbed.insert(set.disturbed.end(), window.disturbed.begin() + shift,
                         window.disturbed.end());
    for (size_t n = 0; n < names.size(); ++n) {
      AppendNumbers(window.numbers[n], entry.num_steps, shift, set.numbers[n]);
    }
  }
  if (set.demos.empty()) {
    throw Error(fmt::format("{}: no demonstration has two steps or more",
                            dataset.files().front().path.string()));
  }
  return set;
}

// Jobs of several threads: holds back whoever submits them when too many wait, and keeps the first
// error.
class BoundedJobs {
 public:
  explicit BoundedJobs(int num_threads)
      : num_free_(num_threads * kPiecesPerThread), pool_(num_threads) {}

  // Throws what a job threw.
  void Submit(std::function<void()> job) {
    num_free_.acquire();
    RethrowError();
    pool_.Submit([this, job = std::move(job)] {
      try {
        if (!has_error_) job();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (error_ == nullptr) error_ = std::current_exception();
        has_error_ = true;
      }
      num_free_.release();
    });
  }

  // Waits for all; throws what one threw.
  void Wait() {
    pool_.Wait();
    RethrowError();
  }

 private:
  void RethrowError() {
    const std::lock_guard lock(mutex_);
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

  std::counting_semaphore<> num_free_;
  std::mutex mutex_;
  std::exception_ptr error_;
  std::atomic<bool> has_error_ = false;
  ThreadPool pool_;  // last: its threads end first
};

// Brings all pictures to the network's size, in a file of frames. HDF5 is read by this thread.
void WriteFrames(const DemoDataset& dataset, const fs::path& path, const FrameFileInfo& info,
                 const TrainingSetOptions& options) {
  ImageTransformOptions transform_options = options.transform;
  const auto [height, width] = dataset.picture_size(0);
  if (height != width) {
    throw Error(fmt::format("{}: expected square pictures in {}, got {} × {}",
                            dataset.files().front().path.string(), options.picture, height, width),
                "`libero regenerate --size` draws them anew");
  }
  transform_options.frame_size = width;
  transform_options.crop_area = 1;
  const ImageTransform transform(transform_options);
  FrameFileWriter writer(path, info);
  BoundedJobs jobs(options.num_threads);
  std::atomic<int64_t> num_done = 0;

  int64_t next = 0;
  for (size_t demo = 0; demo < dataset.demos().size(); ++demo) {
    const DemoEntry& entry = dataset.demos()[demo];
    const int num_rows = entry.num_steps - ShiftOf(dataset, entry);
    for (int first = 0; first < num_rows; first += kPieceRows) {
      std::vector<int> rows;
      for (int row = first; row < std::min(first + kPieceRows, num_rows); ++row)
        rows.push_back(row);
      auto pictures = std::make_shared<std::vector<Image>>(
          std::move(dataset.ReadPictures(static_cast<int>(demo), rows)[0]));
      jobs.Submit([&writer, &transform, &num_done, pictures, next] {
        int64_t index = next;
        for (const Image& picture : *pictures) writer.Write(index++, transform.Apply(picture).rgb);
        num_done += static_cast<int64_t>(pictures->size());
      });
      next += static_cast<int64_t>(rows.size());
      if (options.progress) options.progress(num_done, info.num_frames);
    }
  }
  jobs.Wait();
  LIBERO_CHECK(next == info.num_frames);
  writer.Finish();
  if (options.progress) options.progress(info.num_frames, info.num_frames);
}

}  // namespace

std::span<const Action> TrainingSet::ActionsOf(const TrainingDemo& demo) const {
  return std::span(actions).subspan(static_cast<size_t>(demo.first),
                                    static_cast<size_t>(demo.count));
}

std::span<const uint8_t> TrainingSet::DisturbedOf(const TrainingDemo& demo) const {
  if (disturbed.empty()) return {};
  return std::span(disturbed).subspan(static_cast<size_t>(demo.first),
                                      static_cast<size_t>(demo.count));
}

TrainingSet LoadTrainingSet(const std::vector<fs::path>& files, const std::vector<Suite>& suites,
                            const TrainingSetOptions& options) {
  CheckImageTransformOptions(options.transform);
  LIBERO_CHECK(options.num_threads >= 1);
  TrainingSet set =
      ReadNumbers(DemoDataset(files, suites,
                              {.pictures = {}, .numbers = options.numbers, .without_noise = true}),
                  options.numbers);
  set.key = MakeKey(files, options);
  const FrameFileInfo info = {set.key, options.transform.size, set.num_rows()};
  const fs::path path = options.cache_folder / (set.key + ".frames");
  if (fs::exists(path)) {
    try {
      set.frames = FrameFile(path, info);
      return set;
    } catch (const Error& error) {
      LogWarning("training", fmt::format("{}; it is made anew", error.what()));
    }
  }
  WriteFrames(DemoDataset(files, suites, {.pictures = {options.picture}}), path, info, options);
  set.frames = FrameFile(path, info);
  return set;
}

}  // namespace libero
