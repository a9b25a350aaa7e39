#include "policy/checkpoint/network_action_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "policy/channel_scale.h"
#include "policy/nn/device.h"
#include "policy/nn/presets.h"
#include "policy/quirks.h"
#include "sim/base/check.h"

namespace libero {
namespace {

constexpr size_t kMaxBatch = 64;         // rows at a time: for univla-7b, 11 GB of cache
constexpr int64_t kRoomForPrompts = 64;  // tokens; LIBERO's prompts in Llama's tokens are shorter
constexpr std::array kScales = {kImageNetScale, kSigLipScale};

// The prompts of a batch as the network wants them.
struct Prompts {
  at::Tensor ids;      // (B, L) int64, padded on the right
  at::Tensor lengths;  // (B) int64
};

size_t LongestPrompt(std::span<const ActionQuery> queries) {
  size_t longest = 0;
  for (const ActionQuery& query : queries) longest = std::max(longest, query.prompt.size());
  return longest;
}

Prompts MakePrompts(std::span<const ActionQuery> queries, const UniVlaConfig& config) {
  const size_t longest = LongestPrompt(queries);
  const auto batch = static_cast<int64_t>(queries.size());
  Prompts prompts{.ids = at::full({batch, static_cast<int64_t>(longest)}, config.pad_id, at::kLong),
                  .lengths = at::empty({batch}, at::kLong)};
  auto* const ids = prompts.ids.mutable_data_ptr<int64_t>();
  for (size_t row = 0; row < queries.size(); ++row) {
    const std::span<const int> prompt = queries[row].prompt;
    LIBERO_CHECK(!prompt.empty());
    const auto [low, high] = std::ranges::minmax(prompt);
    LIBERO_CHECK(low >= 0 && high < config.language_model.vocabulary);
    std::copy(prompt.begin(), prompt.end(), ids + row * longest);
    prompts.lengths.mutable_data_ptr<int64_t>()[row] = static_cast<int64_t>(prompt.size());
  }
  return prompts;
}

// (B, 8) float32, on the CPU
at::Tensor StackProprio(std::span<const ActionQuery> queries) {
  const at::Tensor rows =
      at::empty({static_cast<int64_t>(queries.size()), static_cast<int64_t>(kProprioDim)});
  auto* next = rows.mutable_data_ptr<float>();
  for (const ActionQuery& query : queries) next = std::ranges::copy(query.proprio, next).out;
  return rows;
}

// Chooses the tokens at one place, from logits (B, C); keeps their codes in `answers`.
at::Tensor ChooseTokens(const at::Tensor& logits, size_t place,
                        std::span<const ActionQuery> queries, const DecodeOptions& decode,
                        std::span<ActionAnswer> answers) {
  const at::Tensor numbers = logits.to(at::kCPU, at::kFloat).contiguous();
  const auto num_codes = static_cast<size_t>(numbers.size(1));
  const float* const first = numbers.const_data_ptr<float>();
  const at::Tensor tokens = at::empty({numbers.size(0)}, at::kLong);
  for (size_t row = 0; row < queries.size(); ++row) {
    const int code =
        ChooseCode({first + row * num_codes, num_codes}, decode, queries[row].uniforms[place]);
    answers[row].codes[place] = code;
    if (queries[row].wants_reasons) {
      const at::Tensor probabilities = numbers[static_cast<int64_t>(row)].softmax(0).contiguous();
      const float* const of_first = probabilities.const_data_ptr<float>();
      answers[row].reasons->probabilities[place].assign(of_first, of_first + num_codes);
    }
    tokens.mutable_data_ptr<int64_t>()[row] = code;
  }
  return tokens.to(logits.device());
}

// chunks (B, length, 7)
void CopyChunks(const at::Tensor& chunks, std::span<ActionAnswer> answers) {
  const at::Tensor numbers = chunks.to(at::kCPU, at::kFloat).contiguous();
  const float* next = numbers.const_data_ptr<float>();
  for (ActionAnswer& answer : answers) {
    answer.chunk.resize(static_cast<size_t>(numbers.size(1)));
    for (NetworkAction& action : answer.chunk) {
      std::copy_n(next, action.size(), action.begin());
      next += action.size();
    }
  }
}

// Where the decoder looks in the patches of a picture. Of `attention` (B, P) to hidden states,
// those of patch p are number p + `first_patch`; what belongs to no patch is left out.
void CopyAttention(const at::Tensor& attention, int64_t first_patch,
                   std::span<const ActionQuery> queries, std::span<ActionAnswer> answers) {
  const at::Tensor numbers = attention.to(at::kCPU, at::kFloat).contiguous();
  const auto num_patches = static_cast<size_t>(numbers.size(1));
  const auto skipped = static_cast<size_t>(first_patch);
  for (size_t row = 0; row < queries.size(); ++row) {
    if (!queries[row].wants_reasons) continue;
    const float* const weights = numbers.const_data_ptr<float>() + row * num_patches;
    std::vector<float>& copy = answers[row].reasons->attention;
    copy.assign(weights + skipped, weights + num_patches);
    copy.resize(num_patches, 0);
  }
}

constexpr std::array kStages = {&StageTimes::preprocessing, &StageTimes::vision,
                                &StageTimes::prompt, &StageTimes::decode,
                                &StageTimes::action_decoder};

void Add(const StageTimes& times, double factor, StageTimes& total) {
  for (double StageTimes::*stage : kStages) total.*stage += factor * times.*stage;
}

double Sum(const StageTimes& times) {
  double sum = 0;
  for (double StageTimes::*stage : kStages) sum += times.*stage;
  return sum;
}

void CheckSizes(const ModelConfig& config) {
  const auto require = [](const char* what, int64_t expected, int64_t got) {
    if (got == expected) return;
    throw Error(fmt::format("{}: expected {}, got {}", what, expected, got),
                "the model is no policy for LIBERO");
  };
  require("vla: tokens_per_action", kNumActTokens, config.vla.tokens_per_action);
  require("action_decoder: action_dim", std::tuple_size_v<NetworkAction>,
          config.action_decoder.action_dim);
  if (config.action_decoder.proprio_dim > 0) {
    require("action_decoder: proprio_dim", kProprioDim, config.action_decoder.proprio_dim);
  }
}

// The device; from here on LibTorch computes in the threads that call it.
at::Device Prepare(const NetworkOptions& options) {
  if (!options.quirks.empty()) (void)ParseQuirks(options.quirks);  // before the work of loading
  const at::Device device = ChooseDevice(options.device);
  if (device.is_cpu()) at::set_num_threads(1);
  return device;
}

}  // namespace

// Adds up how long stages take.
class NetworkActionModel::StageClock {
 public:
  explicit StageClock(at::Device device, bool is_on) : device_(device), is_on_(is_on) {}

  void Begin() {
    if (is_on_) begin_ = Clock::now();
  }

  // The stage that has just been computed, or given to the GPU; the next one begins.
  void End(double StageTimes::*stage) {
    if (!is_on_) return;
    if (device_.is_cuda()) {
      c10::impl::VirtualGuardImpl(device_.type()).synchronizeDevice(device_.index());
    }
    const Clock::time_point now = Clock::now();
    times_.*stage += std::chrono::duration<double>(now - begin_).count();
    begin_ = now;
  }

  [[nodiscard]] const StageTimes& times() const { return times_; }

 private:
  using Clock = std::chrono::steady_clock;
  at::Device device_;
  bool is_on_;
  Clock::time_point begin_;
  StageTimes times_;
};

NetworkActionModel::NetworkActionModel(PolicyNetworks networks, at::Device device,
                                       const std::string& name, const NetworkOptions& options)
    : networks_(std::move(networks)),
      device_(device),
      in_batches_(!device.is_cpu() || options.in_batches),
      recorder_(StepRecorderFor(device)) {
  const ModelConfig& config = networks_.config;
  CheckSizes(config);
  if (options.num_threads < 1) {
    throw Error(fmt::format("{} threads for networks, expected at least 1", options.num_threads));
  }
  if (!in_batches_ && options.num_threads > 1) {
    workers_ = std::make_unique<ThreadPool>(options.num_threads);
  }
  const std::string quirks = options.quirks.empty() ? config.quirks : options.quirks;
  first_visual_state_ = ParseQuirks(quirks).visual_states_begin_at_start ? 0 : 1;
  const std::string dtype = device.is_cuda() ? "bfloat16" : "float32";
  info_ = {.images = {.frame_size = static_cast<int>(config.frame_size),
                      .size = static_cast<int>(config.vla.featurizer.image_size)},
           .num_acts = static_cast<int>(config.vla.num_action_ids),
           .num_rows = static_cast<int>(config.vla.language_model.vocabulary),
           .first_act_id = static_cast<int>(config.vla.first_action_id),
           .chunk_length = static_cast<int>(config.action_decoder.chunk_size),
           .wants_proprio = config.action_decoder.proprio_dim > 0,
           .knows_history = config.knows_history,
           .dtype = dtype,
           .device = device.str(),
           .quirks = quirks,
           .description = fmt::format("{}, {} on {}, {}", name, dtype, device.str(), quirks)};
  if (device.is_cuda() && CudaImageTransform::CanDo(info_.images) &&
      CudaImageTransform::CountDevices() > device.index()) {
    image_transform_ = std::make_unique<CudaImageTransform>(info_.images, kScales, device.index());
    info_.takes_frames = true;
  }
}

void NetworkActionModel::Predict(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                                 std::span<ActionAnswer> answers) {
  LIBERO_CHECK(!queries.empty() && answers.size() == queries.size());
  try {
    if (in_batches_) {
      PredictInBatches(queries, decode, answers);
    } else {
      PredictSideBySide(queries, decode, answers);
    }
  } catch (const c10::Error& error) {
    throw Error(fmt::format("the network failed: {}", error.what_without_backtrace()),
                "if memory ran out: run fewer environments at a time (--envs)");
  }
}

// In batches, one after another.
void NetworkActionModel::PredictInBatches(std::span<const ActionQuery> queries,
                                          const DecodeOptions& decode,
                                          std::span<ActionAnswer> answers) {
  for (size_t begin = 0; begin < queries.size(); begin += kMaxBatch) {
    const size_t count = std::min(kMaxBatch, queries.size() - begin);
    const std::span<const ActionQuery> batch = queries.subspan(begin, count);
    StageClock clock(device_, times_ != nullptr);
    PredictBatch(batch, decode, &StepFor(batch), clock, answers.subspan(begin, count));
    if (times_ != nullptr) Add(clock.times(), 1, *times_);
  }
}

// Each query by itself, several side by side.
void NetworkActionModel::PredictSideBySide(std::span<const ActionQuery> queries,
                                           const DecodeOptions& decode,
                                           std::span<ActionAnswer> answers) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<StageClock> clocks(queries.size(), StageClock(device_, times_ != nullptr));
  std::vector<std::exception_ptr> errors(queries.size());
  const auto answer = [&](size_t i) {
    try {
      const auto length = static_cast<int64_t>(queries[i].prompt.size());
      DecodeStep step = networks_.vla->MakeDecodeStep(networks_.vla->MakeCache(1, length), {});
      PredictBatch(queries.subspan(i, 1), decode, &step, clocks[i], answers.subspan(i, 1));
    } catch (const std::exception&) {
      errors[i] = std::current_exception();  // thrown again below, by the caller's thread
    }
  };
  for (size_t i = 0; i < queries.size(); ++i) {
    if (workers_ == nullptr) {
      answer(i);
    } else {
      workers_->Submit([&answer, i] { answer(i); });
    }
  }
  if (workers_ != nullptr) workers_->Wait();
  for (const std::exception_ptr& error : errors) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  if (times_ == nullptr) return;

  // of the time that has passed, what each stage has had a part in
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  StageTimes total;
  for (const StageClock& clock : clocks) Add(clock.times(), 1, total);
  Add(total, elapsed / Sum(total), *times_);
}

void NetworkActionModel::PredictBatch(std::span<const ActionQuery> queries,
                                      const DecodeOptions& decode, DecodeStep* step,
                                      StageClock& clock, std::span<ActionAnswer> answers) const {
  const c10::NoGradGuard no_grad;
  const UniVlaConfig& config = networks_.config.vla;
  for (size_t i = 0; i < queries.size(); ++i) {
    answers[i].reasons.reset();
    if (queries[i].wants_reasons) answers[i].reasons.emplace();
  }
  clock.Begin();
  const at::Tensor pixels = MakePixels(queries);
  const Prompts prompts = MakePrompts(queries, config);
  clock.End(&StageTimes::preprocessing);
  const at::Tensor patches = networks_.vla->EmbedPixels(pixels);
  clock.End(&StageTimes::vision);
  const auto choose = [&](const at::Tensor& logits, int64_t place) {
    if (place == 0) clock.End(&StageTimes::prompt);
    return ChooseTokens(logits, static_cast<size_t>(place), queries, decode, answers);
  };
  const VlaAnswer answer = networks_.vla->AnswerPatches(patches, prompts.ids.to(device_),
                                                        prompts.lengths.to(device_), choose, step);
  clock.End(&StageTimes::decode);
  const at::Tensor visual =
      answer.prompt.narrow(/*dim=*/1, first_visual_state_, config.num_patches());
  const at::Tensor proprio = info_.wants_proprio ? StackProprio(queries).to(device_) : at::Tensor();
  CopyChunks(networks_.decoder->forward(answer.latent, visual, proprio), answers);
  if (networks_.config.action_decoder.sees_picture &&
      std::ranges::any_of(queries, &ActionQuery::wants_reasons)) {
    CopyAttention(networks_.decoder->VisualAttention(visual, proprio), 1 - first_visual_state_,
                  queries, answers);
  }
  clock.End(&StageTimes::action_decoder);
}

// (B, 6, size, size) float32, on the device
at::Tensor NetworkActionModel::MakePixels(std::span<const ActionQuery> queries) const {
  const int size = info_.images.size;
  if (image_transform_ != nullptr) {
    std::vector<const Image*> frames;
    for (const ActionQuery& query : queries) frames.push_back(query.image);
    const at::Tensor pixels = at::empty({static_cast<int64_t>(queries.size()), 6, size, size},
                                        at::TensorOptions(device_).dtype(at::kFloat));
    void* const default_stream = nullptr;  // LibTorch's, too
    image_transform_->Apply(frames, pixels.mutable_data_ptr<float>(), default_stream);
    return pixels;
  }
  const at::Tensor pixels =
      at::empty({static_cast<int64_t>(queries.size()), 6, size, size}, at::kFloat);
  const auto row_size = static_cast<size_t>(pixels[0].numel());
  float* row = pixels.mutable_data_ptr<float>();
  for (const ActionQuery& query : queries) {
    LIBERO_CHECK(query.image->width == size && query.image->height == size);
    NormalizeImage(*query.image, kScales, {row, row_size});
    row += row_size;
  }
  return pixels.to(device_);
}

// On a part of the cache that is kept; a larger one takes its place if it is too small. Lengths are
// rounded up, so that few steps serve all prompts.
DecodeStep& NetworkActionModel::StepFor(std::span<const ActionQuery> queries) {
  constexpr int64_t kLengthStep = 16;
  const UniVlaConfig& config = networks_.config.vla;
  const auto batch = static_cast<int64_t>(queries.size());
  const auto prompt_length = static_cast<int64_t>(LongestPrompt(queries));
  const int64_t length = config.num_patches() + prompt_length + config.tokens_per_action - 1;
  if (!cache_ || cache_->rows() < batch || cache_->capacity() < length) {
    steps_.clear();
    cache_.reset();  // first, so that there is memory for the other
    cache_.emplace(networks_.vla->MakeCache(batch, std::max(prompt_length, kRoomForPrompts)));
  }
  const int64_t rounded = (length + kLengthStep - 1) / kLengthStep * kLengthStep;
  const std::pair key = {batch, std::min(rounded, cache_->capacity())};
  const auto found = steps_.find(key);
  if (found != steps_.end()) return found->second;
  const KvCache part = cache_->First(key.first, key.second);
  return steps_.emplace(key, networks_.vla->MakeDecodeStep(part, recorder_)).first->second;
}

int64_t NetworkActionModel::peak_gpu_bytes() const {
  if (!device_.is_cuda()) return 0;
  const auto stats = c10::getDeviceAllocator(device_.type())->getDeviceStats(device_.index());
  return stats.reserved_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)].peak;
}

std::unique_ptr<ActionModel> LoadActionModel(const std::filesystem::path& folder,
                                             const NetworkOptions& options) {
  const at::Device device = Prepare(options);
  const std::string name = std::filesystem::weakly_canonical(folder).filename();
  return std::make_unique<NetworkActionModel>(LoadPolicyNetworks(folder, device), device, name,
                                              options);
}

std::unique_ptr<ActionModel> MakeRandomActionModel(const std::string& preset, uint64_t seed,
                                                   const NetworkOptions& options) {
  const ModelConfig config = FindPreset(preset);
  const at::Device device = Prepare(options);
  return std::make_unique<NetworkActionModel>(MakePolicyNetworks(config, device, seed), device,
                                              preset + " with random weights", options);
}

}  // namespace libero
