#include "results/episode_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <system_error>

#include "sim/base/check.h"
#include "sim/video/video.h"
#include "tasks/action_file.h"
#include "tasks/controls.h"
#include "tasks/env.h"

namespace libero {
namespace {

constexpr Rgb kGround = {24, 28, 33};
constexpr Rgb kText = {238, 241, 244};
constexpr Rgb kQuiet = {150, 161, 173};
constexpr Rgb kSuccess = {110, 210, 130};
constexpr Rgb kFailure = {255, 170, 110};

constexpr int kFramesPerSecond = 20;  // control steps a second
constexpr int kLastFrames = 20;       // that the end stands still
constexpr int kMargin = 8;            // pixels around text

int LineHeight(int text_size) {
  return text_size + text_size / 4;
}

// The text's lines, none wider than `width` unless it is one word.
std::vector<std::string> Wrapped(const std::string& text, int width, int text_size) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::string longer = lines.empty() ? word : lines.back() + " " + word;
    if (!lines.empty() && Video().text_width(longer, text_size) <= width) {
      lines.back() = longer;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

void Fill(Canvas& canvas, int top, const Rgb& color) {
  const size_t begin = size_t{3} * static_cast<size_t>(top) * static_cast<size_t>(canvas.width);
  for (size_t i = begin; i < canvas.rgb.size(); ++i) canvas.rgb[i] = color[(i - begin) % 3];
}

// Copies a picture, whose rows go upwards, to the top of the canvas.
void Place(Canvas& canvas, int left, const Image& image) {
  const auto row_size = static_cast<size_t>(3 * image.width);
  for (int row = 0; row < image.height; ++row) {
    const size_t from = row_size * static_cast<size_t>(image.height - 1 - row);
    const size_t to = size_t{3} * (static_cast<size_t>(row) * static_cast<size_t>(canvas.width) +
                                   static_cast<size_t>(left));
    std::copy_n(&image.rgb[from], row_size, &canvas.rgb[to]);
  }
}

int Even(int number) {
  return number + number % 2;
}

}  // namespace

EpisodeRecorder::~EpisodeRecorder() {
  DropVideo();
}

bool EpisodeRecorder::WantsFrames(const EpisodeSpec& episode) const {
  return recording_->filmed.contains({episode.task_index, episode.init_index});
}

void EpisodeRecorder::BeginEpisode(const EpisodeSpec& episode, const Env& env) {
  episode_ = episode;
  actions_.clear();
  problem_ = nullptr;
  DropVideo();
  if (!WantsFrames(episode)) return;
  try {
    StartVideo(env);
  } catch (const std::exception&) {
    problem_ = std::current_exception();
  }
}

// Opens the file and draws what stays the same.
void EpisodeRecorder::StartVideo(const Env& env) {
  const FrameSpec& camera = recording_->cameras.front();
  const int width = static_cast<int>(recording_->cameras.size()) * camera.width;
  text_size_ = std::clamp(width / 30, 12, 40);
  std::string instruction = InstructionOf(episode_, env);
  if (instruction.empty()) instruction = "(no instruction)";
  const std::vector<std::string> lines = Wrapped(instruction, width - 2 * kMargin, text_size_);
  const int line_height = LineHeight(text_size_);
  caption_top_ = camera.height + kMargin + static_cast<int>(lines.size()) * line_height;
  canvas_.width = Even(width);
  canvas_.height = Even(caption_top_ + 2 * line_height + kMargin);
  canvas_.rgb.assign(
      size_t{3} * static_cast<size_t>(canvas_.width) * static_cast<size_t>(canvas_.height), 0);
  Fill(canvas_, 0, kGround);
  int top = camera.height + kMargin;
  for (const std::string& line : lines) {
    Video().draw_text(canvas_, kMargin, top, line, text_size_, kText);
    top += line_height;
  }
  part_ = recording_->video_folder / fmt::format(".{}.part", EpisodeFileStem(episode_));
  video_ = Video().open(
      part_,
      {.width = canvas_.width, .height = canvas_.height, .frames_per_second = kFramesPerSecond});
}

void EpisodeRecorder::Start(const Env& env, std::span<const Image> frames) {
  Film(env, frames);
}

void EpisodeRecorder::AfterStep(const StepActions& actions, const Env& env,
                                std::span<const Image> frames) {
  actions_.push_back(actions.taken);
  Film(env, frames);
}

void EpisodeRecorder::Film(const Env& env, std::span<const Image> frames) {
  if (video_ == nullptr) return;
  try {
    const int num_goals = env.goal().num_predicates();
    const int num_holding = env.goal().NumHolding(env.world());
    caption_ = {.step = fmt::format("step {} of {}", actions_.size(), recording_->max_steps),
                .goal = fmt::format("goal: {} of {}", num_holding, num_goals)};
    if (num_holding == num_goals && !actions_.empty()) {
      caption_.outcome = "success";
      caption_.is_success = true;
    }
    int left = 0;
    for (const Image& frame : frames) {
      Place(canvas_, left, frame);
      left += frame.width;
    }
    DrawCaption(caption_);
    video_->Add(canvas_);
  } catch (const std::exception&) {
    problem_ = std::current_exception();
    DropVideo();
  }
}

void EpisodeRecorder::DrawCaption(const Caption& caption) {
  const VideoFunctions& video = Video();
  const auto draw_right = [&](int top, const std::string& text, const Rgb& color) {
    const int left = canvas_.width - kMargin - video.text_width(text, text_size_);
    video.draw_text(canvas_, left, top, text, text_size_, color);
  };
  Fill(canvas_, caption_top_, kGround);
  const int second = caption_top_ + LineHeight(text_size_);
  const std::string name =
      fmt::format("task {}, init state {}", episode_.task_index, episode_.init_index);
  video.draw_text(canvas_, kMargin, caption_top_, name, text_size_, kQuiet);
  draw_right(caption_top_, caption.outcome, caption.is_success ? kSuccess : kFailure);
  video.draw_text(canvas_, kMargin, second, caption.step, text_size_, kQuiet);
  draw_right(second, caption.goal, kQuiet);
}

void EpisodeRecorder::EndEpisode(const EpisodeResult& result) {
  if (!result.error.empty() || result.end == EpisodeEnd::kCancelled) {
    DropVideo();
    return;
  }
  if (recording_->check) recording_->check(result);
  if (problem_ != nullptr) std::rethrow_exception(problem_);
  if (!recording_->action_folder.empty()) {
    WriteActionFile(recording_->action_folder / (EpisodeFileStem(episode_) + ".npy"), actions_);
  }
  if (video_ != nullptr) KeepVideo(result);
}

// Writes how it ended, and gives the file its name.
void EpisodeRecorder::KeepVideo(const EpisodeResult& result) {
  const std::filesystem::path path =
      recording_->video_folder / (EpisodeFileStem(episode_) + ".mp4");
  std::error_code error;
  if (recording_->keeps_failures_only && result.success()) {
    DropVideo();
    std::filesystem::remove(path, error);  // of an earlier attempt
    return;
  }
  caption_.outcome = Name(result.end);
  caption_.is_success = result.success();
  DrawCaption(caption_);
  for (int i = 0; i < kLastFrames; ++i) video_->Add(canvas_);
  video_->Finish();
  video_.reset();
  std::filesystem::rename(part_, path, error);
  if (error) throw Error(fmt::format("{}: {}", path.string(), error.message()));
}

void EpisodeRecorder::DropVideo() {
  video_.reset();  // which removes what was not finished
}

}  // namespace libero
