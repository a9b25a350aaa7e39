#include "results/stop_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "results/comparison.h"
#include "results/provenance.h"
#include "results/report_tables.h"
#include "results/sequential_statistics.h"
#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBetterThan = "better than ";

// "2pp" or "2" → 0.02.
double ParsePrecision(const std::string& text) {
  double points = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, points);
  const std::string_view rest(parsed.ptr, end);
  if (parsed.ec != std::errc() || (!rest.empty() && rest != "pp") || points <= 0 || points > 50) {
    throw Error(fmt::format("--precision: expected points from 0 to 50, got '{}'", text),
                "e.g. 2pp, for a rate that is known to two percentage points");
  }
  return points / 100;
}

}  // namespace

StopRule::StopRule(const StopRequest& request, const EvalPlan& plan) : request_(request) {
  if (!request.precision.empty() && !request.stop_when.empty()) {
    throw Error("--precision and --stop-when were both given", "give one of them");
  }
  if (!request.precision.empty()) precision_ = ParsePrecision(request.precision);
  if (!request.stop_when.empty()) ReadOpponent(request.stop_when, plan);
  const auto num = static_cast<int>(plan.episodes.size());
  for (const int place : RandomOrder(num, plan.request.seed)) {
    order_.push_back(plan.episodes[static_cast<size_t>(place)]);
  }
}

void StopRule::ReadOpponent(const std::string& text, const EvalPlan& plan) {
  if (!text.starts_with(kBetterThan) || text.size() == kBetterThan.size()) {
    throw Error(fmt::format("--stop-when: expected 'better than FOLDER', got '{}'", text),
                "the folder is that of a finished `libero eval` with the same episodes");
  }
  opponent_ = text.substr(kBetterThan.size());
  if (!IsRun(opponent_)) {
    throw Error(fmt::format("--stop-when: {}: no evaluation is there", opponent_),
                "give the folder of a finished `libero eval` with the same episodes");
  }
  const RunData opponent = ReadRun(opponent_);
  RunData self = {.config = plan.config()};
  self.manifest = {{"init_states", InitStatesJson(plan.tasks)}};
  const std::vector<std::string> differences = FindDifferences(opponent, self).of_protocol;
  if (!differences.empty()) {
    throw Error(fmt::format("--stop-when: {} was not run alike: {}", opponent_,
                            fmt::join(differences, "; ")));
  }
  for (const EpisodeRecord& record : opponent.records) {
    const EpisodeResult& result = record.result;
    if (result.error.empty()) opponent_results_[KeyOf(result.spec)] = result.success();
  }
}

void StopRule::Note(const EpisodeResult& result) {
  if (!result.error.empty() || result.end == EpisodeEnd::kCancelled) return;
  results_[KeyOf(result.spec)] = result.success();
  // count on from the first so many
  while (!decision_ && num_counted_ < static_cast<int>(order_.size())) {
    const EpisodeSpec& next = order_[static_cast<size_t>(num_counted_)];
    const auto found = results_.find(KeyOf(next));
    if (found == results_.end()) return;
    Count(next, found->second);
    Decide();
  }
}

void StopRule::Count(const EpisodeSpec& spec, bool succeeds) {
  ++num_counted_;
  num_successes_ += succeeds ? 1 : 0;
  const auto other = opponent_results_.find(KeyOf(spec));
  if (other == opponent_results_.end() || other->second == succeeds) return;
  ++(succeeds ? num_only_this_ : num_only_opponent_);
}

void StopRule::Decide() {
  std::string conclusion;
  if (precision_) {
    const Interval interval =
        RateSequence(static_cast<int>(order_.size()), num_successes_, num_counted_);
    const double rate = static_cast<double>(num_successes_) / num_counted_;
    constexpr double kRounding = 1e-9;  // rates are fractions of the plan, and so are round points
    const double reach = std::max(rate - interval.low, interval.high - rate);
    if (reach <= *precision_ + kRounding) {
      conclusion = fmt::format("the rate of all {} episodes is within {:g} points of {}",
                               order_.size(), 100 * *precision_, Percent(rate));
    }
  } else if (EvidenceOfBetter(num_only_this_, num_only_opponent_) >= kDecisiveEvidence) {
    conclusion = fmt::format("better than {}: of the episodes that only one solved, {} against {}",
                             opponent_, num_only_this_, num_only_opponent_);
  } else if (EvidenceOfBetter(num_only_opponent_, num_only_this_) >= kDecisiveEvidence) {
    conclusion = fmt::format("worse than {}: of the episodes that only one solved, {} against {}",
                             opponent_, num_only_this_, num_only_opponent_);
  }
  if (!conclusion.empty()) decision_ = Decision{num_counted_, conclusion};
}

std::vector<EpisodeRecord> StopRule::Counted(const std::vector<EpisodeRecord>& records) const {
  std::set<Key> counted;
  const size_t num = decision_ ? static_cast<size_t>(num_counted_) : order_.size();
  for (size_t i = 0; i < num; ++i) counted.insert(KeyOf(order_[i]));
  std::vector<EpisodeRecord> result;
  for (const EpisodeRecord& record : records) {
    if (counted.contains(KeyOf(record.result.spec))) result.push_back(record);
  }
  return result;
}

Json StopRule::config() const {
  Json json = Json::object();
  if (precision_) json["precision"] = request_.precision;
  if (!opponent_.empty()) json["better_than"] = opponent_;
  return json;
}

Json StopRule::DecisionJson() const {
  LIBERO_CHECK(decision_.has_value());
  return {{"num_episodes", decision_->num_episodes},
          {"of", order_.size()},
          {"conclusion", decision_->conclusion}};
}

}  // namespace libero
