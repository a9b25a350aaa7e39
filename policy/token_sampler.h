#pragma once

#include <span>
#include <string_view>

namespace libero {

// How latent-action tokens are chosen from logits.
struct DecodeOptions {
  bool sample = false;        // else the most likely one
  double temperature = 0.75;  // > 0
  int top_k = 50;             // ≥ 1
  double top_p = 0.9;         // in (0, 1]
};

// "greedy" or "sample", with the reference's numbers. Throws Error for other names.
// source: UniVLA@0ab9e9d:experiments/robot/libero/run_libero_eval.py
[[nodiscard]] DecodeOptions ParseDecode(std::string_view name);
[[nodiscard]] std::string_view DecodeName(const DecodeOptions& options);

// Throws Error if a number is out of range.
void CheckDecodeOptions(const DecodeOptions& options);

// Chooses a code from the logits of the C latent-action tokens. `uniform` in [0, 1) is the random
// number to choose by: the same logits and number give the same code, in whatever batch or slot.
// Sampling divides by the temperature, keeps those not below the k-th largest, then of these the
// most likely ones until their probabilities reach top_p (the first at least), and draws among the
// rest in the order of their codes. Equal logits: the lower code is the more likely one.
//
// differs: the reference draws from all 32064 tokens, so that it may get one that is no latent
// action; here the others have no part in it, nor in top_k and top_p.
//
// Throws Error if a logit is not finite. source: transformers@4.40.1:generation/logits_process.py
[[nodiscard]] int ChooseCode(std::span<const float> logits, const DecodeOptions& options,
                             double uniform);

}  // namespace libero
