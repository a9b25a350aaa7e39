#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/action_chunk.h"
#include "policy/image_transform.h"
#include "policy/proprio.h"
#include "policy/token_sampler.h"
#include "sim/observation.h"

namespace libero {

// Latent-action tokens that a plan begins with.
inline constexpr int kNumActTokens = 4;

// What a model expects and gives.
struct ActionModelInfo {
  ImageTransformOptions images;  // how frames become what it sees
  bool takes_frames = false;     // it does that itself, e.g. on a GPU
  int num_acts = 0;              // C: codes it tells apart
  int num_rows = 0;              // of its token embedding
  int first_act_id = 0;          // of <ACT_0>
  int chunk_length = 0;          // actions of a plan
  bool wants_proprio = false;    // it is told the robot's own state
  bool knows_history = true;     // it was trained on prompts with the last plan's latent action
  std::string dtype;             // of most numbers: "float32" or "bfloat16"
  std::string device;            // "cpu", "cuda:0", ...
  std::string quirks;            // the set that it follows: "compat" or "fixed"
  std::string description;       // for records: e.g. "univla-7b, bfloat16 on cuda:0, compat"
};

// Where the time of answers goes, in seconds. Where queries are answered side by side, the time
// that passes is shared out by what each stage takes.
struct StageTimes {
  double preprocessing = 0;  // frames or pictures → numbers on the model's device
  double vision = 0;         // towers and projector
  double prompt = 0;         // the language model's pass over pictures and prompts
  double decode = 0;         // the tokens, one after another
  double action_decoder = 0;
};

// What a model is asked for one environment.
struct ActionQuery {
  // Never null. As ImageTransform leaves it, or the frame as the camera made it if takes_frames.
  const Image* image = nullptr;

  // If the model wants it, else unused.
  NetworkProprio proprio{};

  // Ids from <s> to the last "▁", history included; the image's patches belong behind <s>.
  std::span<const int> prompt;

  // Numbers in [0, 1) to choose the tokens by, the first token by the first: see ChooseCode.
  std::array<double, kNumActTokens> uniforms{};

  // Whether the answer is to tell its reasons.
  bool wants_reasons = false;
};

// What an answer came from, for people who look on.
struct AnswerReasons {
  // (C) of each token: how likely the model held the codes, by its logits as they are.
  std::array<std::vector<float>, kNumActTokens> probabilities;

  // (rows · rows) of the image's patches, row by row from the top of what the network sees: how
  // much the action decoder looked at each, all heads on average. The sum is 1, or less where it
  // looked at something else as well.
  std::vector<float> attention;
};

struct ActionAnswer {
  std::array<int, kNumActTokens> codes{};  // of the tokens that were chosen
  ActionChunk chunk;                       // (chunk_length), each number in [-1, 1]
  std::optional<AnswerReasons> reasons;    // if the query wants them and the model can tell
};

// A network that reads images and prompts, and answers with latent actions and plans. Knows nothing
// of episodes: an answer depends on its query alone, to the last bits at least (how a batch is
// computed may decide these).
class ActionModel {
 public:
  virtual ~ActionModel() = default;

  [[nodiscard]] virtual const ActionModelInfo& info() const = 0;

  // Answers all queries, of which there is at least one, in one batch or several; prompts may
  // differ in length. Chooses tokens as ChooseCode does. Throws Error if it fails; it may be asked
  // again.
  virtual void Predict(std::span<const ActionQuery> queries, const DecodeOptions& decode,
                       std::span<ActionAnswer> answers) = 0;

  // Where Predict adds the times of its stages, until called with null. Costs a wait for the GPU
  // after each stage.
  virtual void MeasureStages(StageTimes* /*times*/) {}

  // Memory of the model's GPU that it has taken at most so far, in bytes; 0 on a CPU.
  [[nodiscard]] virtual int64_t peak_gpu_bytes() const { return 0; }
};

}  // namespace libero
