#include "results/policy_speed.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "policy/frame_pipeline.h"
#include "policy/special_tokens.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"

namespace libero {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxBatch = 4096;
constexpr int kMaxPromptLength = 512;
constexpr int kWarmUps = 2;
constexpr size_t kMinRepeats = 3;
constexpr double kStageShare = 0.3;  // of the time, for the stages

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A frame of coloured boxes on a table of one colour: its JPEG is as large as a simulator's.
Image MakeFrame(int size, CounterRandom& random) {
  constexpr int kBoxes = 40;
  const auto count = static_cast<size_t>(size);
  Image frame = {size, size, std::vector<uint8_t>(count * count * 3, 150)};
  for (int box = 0; box < kBoxes; ++box) {
    const auto left = static_cast<size_t>(random.Uniform(0, 0.9) * size);
    const auto top = static_cast<size_t>(random.Uniform(0, 0.9) * size);
    const auto side = static_cast<size_t>(random.Uniform(0.02, 0.2) * size) + 1;
    const uint32_t color = random.Bits();
    for (size_t y = top; y < std::min(top + side, count); ++y) {
      for (size_t x = left; x < std::min(left + side, count); ++x) {
        for (size_t c = 0; c < 3; ++c) {
          frame.rgb[(y * count + x) * 3 + c] = static_cast<uint8_t>(color >> (8 * c) & 0xff);
        }
      }
    }
  }
  return frame;
}

// Answers one batch again and again.
class Measurement {
 public:
  Measurement(ActionModel& model, const PolicySpeedOptions& options, int batch)
      : model_(model),
        pipeline_(model.info().images, options.num_threads),
        frames_(static_cast<size_t>(batch)),
        prompts_(frames_.size()),
        queries_(frames_.size()),
        answers_(frames_.size()) {
    CounterRandom random("speed of a policy");
    const ActionModelInfo& info = model.info();
    for (size_t i = 0; i < frames_.size(); ++i) {
      frames_[i] = MakeFrame(info.images.frame_size, random);
      pointers_.push_back(&frames_[i]);
      prompts_[i] = {SpecialTokens::kBegin};
      while (prompts_[i].size() < static_cast<size_t>(options.prompt_length)) {
        prompts_[i].push_back(static_cast<int>(random.Uniform(0, info.first_act_id - 1)));
      }
      queries_[i].prompt = prompts_[i];
    }
  }

  // Seconds from the frames to the plans.
  double Answer() {
    const Clock::time_point start = Clock::now();
    std::vector<Image> images;
    if (!model_.info().takes_frames) images = pipeline_.Apply(pointers_);
    transform_s_ = SecondsSince(start);
    for (size_t i = 0; i < queries_.size(); ++i) {
      queries_[i].image = images.empty() ? &frames_[i] : &images[i];
    }
    model_.Predict(queries_, {}, answers_);
    return SecondsSince(start);
  }

  // The mean time of each stage.
  StageTimes MeasureStages(double seconds) {
    StageTimes total;
    model_.MeasureStages(&total);
    size_t count = 0;
    double transform_s = 0;
    for (const Clock::time_point start = Clock::now();
         count < kMinRepeats || SecondsSince(start) < seconds; ++count) {
      (void)Answer();
      transform_s += transform_s_;
    }
    model_.MeasureStages(nullptr);
    total.preprocessing += transform_s;
    const auto n = static_cast<double>(count);
    return {total.preprocessing / n, total.vision / n, total.prompt / n, total.decode / n,
            total.action_decoder / n};
  }

 private:
  ActionModel& model_;
  FramePipeline pipeline_;
  std::vector<Image> frames_;
  std::vector<const Image*> pointers_;
  std::vector<std::vector<int>> prompts_;
  std::vector<ActionQuery> queries_;
  std::vector<ActionAnswer> answers_;
  double transform_s_ = 0;
};

BatchSpeed MeasureBatch(ActionModel& model, const PolicySpeedOptions& options, int batch) {
  Measurement measurement(model, options, batch);
  for (int i = 0; i < kWarmUps; ++i) (void)measurement.Answer();
  std::vector<double> latencies_ms;
  std::vector<double> rates;
  const double seconds = (1 - kStageShare) * options.seconds;
  for (const Clock::time_point start = Clock::now();
       rates.size() < kMinRepeats || SecondsSince(start) < seconds;) {
    const double answer_s = measurement.Answer();
    latencies_ms.push_back(1e3 * answer_s);
    rates.push_back(batch / answer_s);
  }
  return {.batch = batch,
          .num_repeats = static_cast<int>(rates.size()),
          .latency_ms = MakeFigure(latencies_ms),
          .queries_per_s = MakeFigure(rates),
          .stage_s = measurement.MeasureStages(kStageShare * options.seconds)};
}

void Check(const PolicySpeedOptions& options) {
  if (options.batches.empty()) throw Error("--batch: expected one size at least, got none");
  for (const int batch : options.batches) {
    if (batch >= 1 && batch <= kMaxBatch) continue;
    throw Error(fmt::format("--batch: expected 1 to {}, got {}", kMaxBatch, batch));
  }
  if (options.prompt_length < 1 || options.prompt_length > kMaxPromptLength) {
    throw Error(fmt::format("--prompt-length: expected 1 to {}, got {}", kMaxPromptLength,
                            options.prompt_length));
  }
  if (!(options.seconds > 0)) {
    throw Error(fmt::format("--seconds: expected a number above 0, got {}", options.seconds));
  }
}

}  // namespace

PolicySpeedReport MeasurePolicySpeed(ActionModel& model, const PolicySpeedOptions& options) {
  Check(options);
  PolicySpeedReport report;
  for (const int batch : options.batches) {
    report.batches.push_back(MeasureBatch(model, options, batch));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  report.resident_bytes = int64_t{usage.ru_maxrss} * 1024;
  report.gpu_bytes = model.peak_gpu_bytes();
  return report;
}

}  // namespace libero
