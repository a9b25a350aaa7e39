#include "policy/univla_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "policy/orientation_check.h"
#include "policy/prompt.h"
#include "sim/base/check.h"
#include "tasks/controls.h"
#include "tasks/env.h"
#include "tasks/episode_random.h"
#include "tasks/suites.h"

namespace libero {
namespace {

constexpr std::string_view kLiberoCamera = "agentview";
constexpr float kLargestNumber = 1 + 1e-3F;  // of a plan: tanh's range, and rounding in bfloat16

void CheckVocabulary(const SpecialTokens& tokens, const ActionModelInfo& model) {
  if (tokens.num_acts == model.num_acts && tokens.num_rows() == model.num_rows &&
      tokens.act(0) == model.first_act_id) {
    return;
  }
  throw Error(
      fmt::format("wrong vocabulary: the tokenizer has {} latent-action tokens from {} on and {} "
                  "rows, the model {} from {} on and {}",
                  tokens.num_acts, tokens.act(0), tokens.num_rows(), model.num_acts,
                  model.first_act_id, model.num_rows),
      "is the tokenizer of another checkpoint in the folder?");
}

// Attention to what the network sees, mirrored left to right and cut out of the middle, as
// attention to the frame.
std::optional<PictureAttention> AttentionOnFrame(const std::vector<float>& patches,
                                                 double crop_area) {
  const auto side = static_cast<size_t>(std::lround(std::sqrt(patches.size())));
  if (side == 0 || side * side != patches.size()) return std::nullopt;
  PictureAttention attention = {.rows = static_cast<int>(side),
                                .columns = static_cast<int>(side),
                                .weights = patches,
                                .part = std::sqrt(crop_area)};
  for (size_t row = 0; row < side; ++row) {
    const auto first = attention.weights.begin() + static_cast<ptrdiff_t>(row * side);
    std::reverse(first, first + static_cast<ptrdiff_t>(side));
  }
  return attention;
}

}  // namespace

UniVlaPolicy::UniVlaPolicy(std::unique_ptr<ActionModel> model, Tokenizer tokenizer,
                           DatasetStatistics statistics, const UniVlaPolicyOptions& options)
    : model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      statistics_(std::move(statistics)),
      options_(options),
      frame_pipeline_(model_->info().images, options.image_threads) {
  CheckVocabulary(tokenizer_.special(), model_->info());
  CheckDecodeOptions(options.decode);
  if (options.act_mode.num_played > model_->info().chunk_length) {
    throw Error(fmt::format("--act {}: the model's plans have {} actions",
                            ActModeName(options.act_mode), model_->info().chunk_length));
  }
  if (!options.statistics_key.empty()) (void)statistics_.ForKey(options.statistics_key);
}

const ActionStatistics& UniVlaPolicy::StatisticsFor(std::string_view suite) const {
  const ActionStatistics& statistics = options_.statistics_key.empty()
                                           ? statistics_.ForSuite(suite)
                                           : statistics_.ForKey(options_.statistics_key);
  if (model_->info().wants_proprio && !statistics.proprio) {
    throw Error(fmt::format("the model is told the robot's state, but its statistics for '{}' have "
                            "no 'proprio'",
                            options_.statistics_key.empty() ? suite : options_.statistics_key),
                "is dataset_statistics.json of another checkpoint?");
  }
  return statistics;
}

std::vector<FrameSpec> UniVlaPolicy::frames() const {
  const int size = model_->info().images.frame_size;
  return {{.camera = options_.camera, .width = size, .height = size}};
}

void UniVlaPolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) {
  BeginEpisode(slot, episode, InstructionOf(episode, env));
}

void UniVlaPolicy::BeginEpisode(int slot, const EpisodeSpec& episode,
                                std::string_view instruction) {
  memories_[slot] = {.episode = episode,
                     .instruction = std::string(instruction),
                     .statistics = &StatisticsFor(episode.suite)};
}

bool UniVlaPolicy::NeedsPlan(const Memory& memory) const {
  return options_.act_mode.is_ensemble || memory.next == memory.num_played;
}

bool UniVlaPolicy::NeedsFrames(int slot) const {
  return NeedsPlan(memories_.at(slot));
}

void UniVlaPolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  std::vector<const PolicyInput*> planning;
  for (const PolicyInput& input : inputs) {
    if (NeedsPlan(memories_.at(input.slot))) planning.push_back(&input);
  }
  std::vector<ActionAnswer> answers;
  if (!planning.empty()) answers = MakePlans(planning);

  // what may fail has been done: from here on memories change
  ActionAnswer* answer = answers.data();
  for (size_t i = 0; i < inputs.size(); ++i) {
    Memory& memory = memories_.at(inputs[i].slot);
    actions[i] = TakeAction(memory, NeedsPlan(memory) ? answer++ : nullptr);
  }
}

std::vector<ActionAnswer> UniVlaPolicy::MakePlans(const std::vector<const PolicyInput*>& inputs) {
  for (const PolicyInput* input : inputs) LIBERO_CHECK(input->frames.size() == 1);
  CheckFirstFrame(inputs[0]->frames[0]);
  const std::vector<Image> images = TransformFrames(inputs);
  std::vector<std::vector<int>> prompts;
  std::vector<ActionQuery> queries(inputs.size());
  for (const PolicyInput* input : inputs) {
    const Memory& memory = memories_.at(input->slot);
    prompts.push_back(PromptIds(tokenizer_, memory.instruction, memory.history));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    queries[i].image = images.empty() ? &inputs[i]->frames[0] : &images[i];
    queries[i].prompt = prompts[i];
    queries[i].wants_reasons = tells_reasons_;
    if (model_->info().wants_proprio) {
      const ActionStatistics& statistics = *memories_.at(inputs[i]->slot).statistics;
      queries[i].proprio =
          NormalizeProprio(ProprioOf(inputs[i]->env->Observe()), *statistics.proprio);
    }
    CounterRandom random = EpisodeRandom(memories_.at(inputs[i]->slot).episode,
                                         "latent-action tokens", inputs[i]->step);
    for (double& uniform : queries[i].uniforms) uniform = random.Uniform(0, 1);
  }
  std::vector<ActionAnswer> answers(inputs.size());
  model_->Predict(queries, options_.decode, answers);
  for (size_t i = 0; i < inputs.size(); ++i) {
    CheckAnswer(answers[i], memories_.at(inputs[i]->slot));
  }
  return answers;
}

void UniVlaPolicy::CheckFirstFrame(const Image& frame) {
  if (has_checked_frame_ || !options_.check_orientation || options_.camera != kLiberoCamera) return;
  CheckOrientation(Turned(frame));
  has_checked_frame_ = true;
}

// Empty if the model takes frames as they are.
std::vector<Image> UniVlaPolicy::TransformFrames(const std::vector<const PolicyInput*>& inputs) {
  if (model_->info().takes_frames) return {};
  std::vector<const Image*> frames;
  for (const PolicyInput* input : inputs) frames.push_back(&input->frames[0]);
  return frame_pipeline_.Apply(frames);
}

void UniVlaPolicy::CheckAnswer(const ActionAnswer& answer, const Memory& memory) const {
  const ActionModelInfo& info = model_->info();
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("the model's answer for '{}' cannot be: {}", memory.instruction, what),
                "do the parts of the checkpoint belong together?");
  };
  for (const int code : answer.codes) {
    if (code < 0 || code >= info.num_acts) {
      fail(fmt::format("latent-action code {}, expected 0..{}", code, info.num_acts - 1));
    }
  }
  if (answer.chunk.size() != static_cast<size_t>(info.chunk_length)) {
    fail(fmt::format("a plan of {} actions, expected {}", answer.chunk.size(), info.chunk_length));
  }
  for (size_t step = 0; step < answer.chunk.size(); ++step) {
    for (size_t i = 0; i < 7; ++i) {
      const float number = answer.chunk[step][i];
      if (std::abs(number) <= kLargestNumber) continue;  // false for NaN
      fail(fmt::format("number {} of action {} is {}, expected -1..1", i, step, number));
    }
  }
}

// The next action of an episode whose plan, if it needs one, is `answer`.
Action UniVlaPolicy::TakeAction(Memory& memory, ActionAnswer* answer) const {
  if (answer != nullptr) {
    memory.told = Tell(memory, *answer);
  } else if (memory.told) {
    ++memory.told->age;
  }
  std::array<double, 7> network{};
  if (options_.act_mode.is_ensemble) {
    if (model_->info().knows_history) {
      memory.history.assign(answer->codes.begin(), answer->codes.end());
    }
    network = memory.ensembler.Add(std::move(answer->chunk));
  } else {
    if (answer != nullptr) {
      memory.plan = std::move(answer->chunk);
      memory.num_played = NumPlayed(options_.act_mode, memory.plan);
      memory.next = 0;
    }
    const NetworkAction& action = memory.plan[memory.next++];
    std::copy(action.begin(), action.end(), network.begin());
  }
  return UnnormalizeAction(network, *memory.statistics);
}

PolicyPlan UniVlaPolicy::Tell(const Memory& memory, const ActionAnswer& answer) const {
  PolicyPlan plan = {.codes = {answer.codes.begin(), answer.codes.end()},
                     .num_codes = model_->info().num_acts};
  for (const NetworkAction& action : answer.chunk) {
    std::array<double, 7> network{};
    std::copy(action.begin(), action.end(), network.begin());
    plan.actions.push_back(UnnormalizeAction(network, *memory.statistics));
  }
  if (!answer.reasons) return plan;
  plan.probabilities.assign(answer.reasons->probabilities.begin(),
                            answer.reasons->probabilities.end());
  plan.attention = AttentionOnFrame(answer.reasons->attention, model_->info().images.crop_area);
  return plan;
}

const PolicyPlan* UniVlaPolicy::plan(int slot) const {
  const auto memory = memories_.find(slot);
  if (memory == memories_.end() || !memory->second.told) return nullptr;
  return &*memory->second.told;
}

std::string UniVlaPolicy::description() const {
  return fmt::format("{}, {}, {}", model_->info().description, DecodeName(options_.decode),
                     ActModeName(options_.act_mode));
}

std::unique_ptr<UniVlaPolicy> LoadUniVlaPolicy(const std::filesystem::path& folder,
                                               std::unique_ptr<ActionModel> model,
                                               const UniVlaPolicyOptions& options) {
  Tokenizer tokenizer = LoadTokenizer(folder);
  DatasetStatistics statistics = DatasetStatistics::ReadFolder(folder);
  return std::make_unique<UniVlaPolicy>(std::move(model), std::move(tokenizer),
                                        std::move(statistics), options);
}

}  // namespace libero
