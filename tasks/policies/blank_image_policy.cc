#include "tasks/policies/blank_image_policy.h"

#include <utility>

namespace libero {

BlankImagePolicy::BlankImagePolicy(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {
  for (const FrameSpec& frame : policy_->frames()) {
    const size_t num_bytes = size_t{3} * static_cast<size_t>(frame.width * frame.height);
    images_.push_back({frame.width, frame.height, std::vector<uint8_t>(num_bytes)});
  }
}

void BlankImagePolicy::BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) {
  policy_->BeginEpisode(slot, episode, env);
}

bool BlankImagePolicy::NeedsFrames(int /*slot*/) const {
  return false;
}

void BlankImagePolicy::Act(std::span<const PolicyInput> inputs, std::span<Action> actions) {
  std::vector<PolicyInput> blank_inputs(inputs.begin(), inputs.end());
  for (PolicyInput& input : blank_inputs) {
    if (policy_->NeedsFrames(input.slot)) input.frames = images_;
  }
  policy_->Act(blank_inputs, actions);
}

std::string BlankImagePolicy::description() const {
  return policy_->description() + ", shown black pictures";
}

}  // namespace libero
