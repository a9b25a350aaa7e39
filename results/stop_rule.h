#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "results/eval_plan.h"
#include "results/run_data.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// When an evaluation may end before its last episode: options --precision and --stop-when.
struct StopRequest {
  std::string precision;  // "2pp": the interval of the rate reaches no further than 2 points
  std::string stop_when;  // "better than DIR": than the run in this folder, or worse, it is decided

  [[nodiscard]] bool is_empty() const { return precision.empty() && stop_when.empty(); }
};

// Decides after each episode whether a run may stop, so that its error rate stays 5 % however often
// it is asked: by RateSequence or EvidenceOfBetter. For that, episodes begin in a random order, and
// those that count are always the first so many of it: which of the running ones end first depends
// on whether they succeed. So the decision does not depend on how many run at a time either. Not
// thread-safe.
class StopRule {
 public:
  // Throws Error for a request that cannot be understood, and for a run to compare with that was
  // not run alike.
  StopRule(const StopRequest& request, const EvalPlan& plan);

  // The plan's episodes in the order to run them.
  [[nodiscard]] const std::vector<EpisodeSpec>& order() const { return order_; }

  // Takes an episode in; one with an error is none.
  void Note(const EpisodeResult& result);

  // Whether the first so many episodes decided it: how many, and what they show.
  struct Decision {
    int num_episodes = 0;
    std::string conclusion;
  };
  [[nodiscard]] const std::optional<Decision>& decision() const { return decision_; }

  // Of records, those of the episodes that count.
  [[nodiscard]] std::vector<EpisodeRecord> Counted(const std::vector<EpisodeRecord>& records) const;

  // For config.json, and for stop.json once it is decided.
  [[nodiscard]] nlohmann::ordered_json config() const;
  [[nodiscard]] nlohmann::ordered_json DecisionJson() const;

 private:
  using Key = std::tuple<int, int>;  // task and init state
  [[nodiscard]] static Key KeyOf(const EpisodeSpec& spec) {
    return {spec.task_index, spec.init_index};
  }
  void ReadOpponent(const std::string& text, const EvalPlan& plan);
  void Count(const EpisodeSpec& spec, bool succeeds);
  void Decide();

  StopRequest request_;
  std::vector<EpisodeSpec> order_;
  std::map<Key, bool> results_;           // whether ended episodes succeeded
  std::optional<double> precision_;       // 0 to 1
  std::string opponent_;                  // folder of the run to compare with; "" for none
  std::map<Key, bool> opponent_results_;  // its ended episodes
  std::optional<Decision> decision_;

  // of the first `num_counted_` episodes
  int num_counted_ = 0;
  int num_successes_ = 0;
  int num_only_this_ = 0;
  int num_only_opponent_ = 0;
};

}  // namespace libero
