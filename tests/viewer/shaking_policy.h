#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/policy_plan.h"
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

// Shakes the arm, and says that it had planned to.
class PlanningPolicy : public ShakingPolicy, public PlanTeller {
 public:
  PlanningPolicy() : ShakingPolicy({{"agentview", 64, 64}}) {}
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override {
    ShakingPolicy::Act(inputs, actions);
    plan_ = {.codes = {3, 1, 4, 1}, .num_codes = 16};
    plan_.age = inputs[0].step % 12;
    plan_.actions.assign(12, actions[0]);
    if (!tells_reasons_) return;
    for (const int code : plan_.codes) {
      std::vector<float>& row = plan_.probabilities.emplace_back(16, 0.02F);
      row[static_cast<size_t>(code)] = 0.7F;
    }
    PictureAttention& attention = plan_.attention.emplace();
    attention = {.rows = 4, .columns = 4, .weights = std::vector<float>(16, 0.04F), .part = 0.9};
    attention.weights[6] = 0.4F;
  }
  [[nodiscard]] const PolicyPlan* plan(int /*slot*/) const override {
    return plan_.codes.empty() ? nullptr : &plan_;
  }
  void TellReasons(bool are_wanted) override { tells_reasons_ = are_wanted; }
  [[nodiscard]] std::string description() const override { return "planning"; }

 private:
  PolicyPlan plan_;
  bool tells_reasons_ = false;
};

// Makes it for "shaking" and "seeing" (which looks at pictures), "planning", one that fails for
// "broken", and those of MakePolicy.
inline std::unique_ptr<Policy> MakeTestPolicy(const std::string& name, const Protocol& protocol,
                                              const std::string& /*suite*/) {
  if (name == "shaking") return std::make_unique<ShakingPolicy>();
  if (name == "seeing") {
    return std::make_unique<ShakingPolicy>(std::vector<FrameSpec>{{"agentview", 64, 64}});
  }
  if (name == "planning") return std::make_unique<PlanningPolicy>();
  if (name == "broken") throw Error("the policy is broken", "mend it");
  return MakePolicy(name, protocol);
}

}  // namespace libero
