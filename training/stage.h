#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "policy/nn/module.h"
#include "training/sampler.h"

namespace libero {

// What a stage computes a loss of; tensors that it has no need of are undefined. B examples.
struct Batch {
  at::Tensor rows;         // (B) int64: rows of the data
  at::Tensor pictures;     // (B, 3, H, W) u8
  at::Tensor ids;          // (B, L) int64: prompts with their answers, padded on the right
  at::Tensor labels;       // (B, L) int64: the answers, kIgnoredLabel elsewhere
  at::Tensor actions;      // (B, chunk, 7) f32, as networks see them
  at::Tensor proprio;      // (B, 8) f32, likewise; see policy/proprio.h
  at::Tensor keyframes;    // (B, 3) f32: where the hand is at the next one, scaled as `proprio`
  at::Tensor foreseeable;  // (B, chunk) f32, 1 or 0: see ForeseeableActions
};

// Makes the parameters of `to`, a module of the same kind on the device "meta", those of `from`:
// same memory, same need of gradients, but gradients of its own.
void ShareParameters(Module* from, Module* to);

// One number of a loss, for people: not differentiated.
struct LossPart {
  std::string name;
  at::Tensor value;  // ()
};

struct StageLoss {
  at::Tensor total;  // (): what is minimised
  std::vector<LossPart> parts;
  at::Tensor codes, encoded;  // of latent action models: what was chosen (n) int64, for what (n, D)
};

// What one kind of training does; how its steps follow each other is TrainLoop's.
class Stage {
 public:
  virtual ~Stage() = default;

  // What learns, by the names of checkpoints.
  [[nodiscard]] virtual std::vector<NamedTensor> parameters() = 0;

  // What else a step changes, to be kept with the parameters.
  [[nodiscard]] virtual std::vector<NamedTensor> buffers() { return {}; }

  [[nodiscard]] virtual int64_t num_examples() const = 0;

  // Makes a batch of these examples. Random choices depend on the samples' positions alone. Called
  // by several threads at once.
  [[nodiscard]] virtual Batch MakeBatch(const std::vector<Sample>& samples) const = 0;

  // Of this stage or its replicas, each on a thread of its own.
  [[nodiscard]] virtual StageLoss Loss(const Batch& batch) const = 0;

  // The same stage with the same parameters' values, but gradients of its own: changes of one are
  // changes of the other. For computing the parts of a batch at the same time.
  [[nodiscard]] virtual std::unique_ptr<Stage> MakeReplica() = 0;

  // What came of each part of a step's batch, in their order; then, after the optimiser's step, the
  // first of which is 1.
  virtual void AfterPart(const StageLoss& /*loss*/) {}
  virtual void AfterStep(int64_t /*step*/) {}
};

}  // namespace libero
