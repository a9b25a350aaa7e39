#pragma once

#include <memory>
#include <vector>

#include "tasks/policy.h"

namespace libero {

// Another policy that is shown black pictures in place of the cameras': a control. Nothing is
// drawn.
class BlankImagePolicy : public Policy {
 public:
  explicit BlankImagePolicy(std::unique_ptr<Policy> policy);

  [[nodiscard]] std::vector<FrameSpec> frames() const override { return policy_->frames(); }
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& env) override;
  [[nodiscard]] bool NeedsFrames(int slot) const override;
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override;
  [[nodiscard]] std::string description() const override;

 private:
  std::unique_ptr<Policy> policy_;
  std::vector<Image> images_;  // one per frame
};

}  // namespace libero
