#pragma once

#include <memory>
#include <string>

#include "sim/base/check.h"
#include "tasks/policies/make_policy.h"
#include "tasks/policy.h"

namespace libero {

// Shakes the arm; what it does depends on the step alone.
class ShakingPolicy : public Policy {
 public:
  explicit ShakingPolicy(std::vector<FrameSpec> frames = {}) : frames_(std::move(frames)) {}
  [[nodiscard]] std::vector<FrameSpec> frames() const override { return frames_; }
  void BeginEpisode(int /*slot*/, const EpisodeSpec& /*episode*/, const Env& /*env*/) override {}
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int step = inputs[i].step;
      const double sign = step % 7 < 4 ? 1.0 : -1.0;
      actions[i] = {0.5 * sign, -0.3, -0.6, 0.2, 0.1 * sign, 0.3, step % 11 < 6 ? 1.0 : -1.0};
    }
  }
  [[nodiscard]] std::string description() const override { return "shaking"; }

 private:
  std::vector<FrameSpec> frames_;
};

// Makes it for "shaking" and "seeing" (which looks at pictures), one that fails for "broken", and
// those of MakePolicy.
inline std::unique_ptr<Policy> MakeTestPolicy(const std::string& name, const Protocol& protocol,
                                              const std::string& /*suite*/) {
  if (name == "shaking") return std::make_unique<ShakingPolicy>();
  if (name == "seeing") {
    return std::make_unique<ShakingPolicy>(std::vector<FrameSpec>{{"agentview", 64, 64}});
  }
  if (name == "broken") throw Error("the policy is broken", "mend it");
  return MakePolicy(name, protocol);
}

}  // namespace libero
