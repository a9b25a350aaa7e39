#include "policy/nn/decode_step.h"

#include <fmt/format.h>

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/log.h"

namespace libero {

DecodeStep::DecodeStep(const Llama* llama, KvCache cache, StepRecorder recorder)
    : llama_(llama), cache_(std::move(cache)), recorder_(std::move(recorder)) {}

// ids (B, 1) → hidden states (B, 1, D)
at::Tensor DecodeStep::Step(const at::Tensor& ids) {
  return llama_->Step(llama_->Embed(ids), &cache_);
}

at::Tensor DecodeStep::Append(const at::Tensor& ids) {
  const c10::NoGradGuard no_grad;
  if (recorder_ && has_stepped_ && graph_ == nullptr) Record(ids);
  has_stepped_ = true;
  if (graph_ == nullptr) return Step(ids.unsqueeze(1));
  ids_.copy_(ids.unsqueeze(1));
  graph_->Replay();
  return hidden_.clone();  // the next replay writes to the same place
}

void DecodeStep::Record(const at::Tensor& ids) {
  ids_ = ids.unsqueeze(1).clone();
  try {
    graph_ = recorder_([this] { hidden_ = Step(ids_); });
  } catch (const c10::Error& error) {
    recorder_ = nullptr;
    LogWarning("policy",
               fmt::format("decoding steps are launched one by one, they cannot be recorded: {}",
                           error.what_without_backtrace()));
  }
}

}  // namespace libero
