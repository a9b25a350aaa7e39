#include "results/eval_table.h"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <ostream>
#include <string>
#include <tuple>

#include "sim/base/binomial_interval.h"
#include "sim/base/text_table.h"

namespace libero {
namespace {

std::vector<std::string> Row(const std::string& index, const std::string& name,
                             const Tally& tally) {
  const std::string rate =
      tally.num_episodes == 0 ? "-" : fmt::format("{:.1f} %", tally.success_rate());
  const Interval bounds = WilsonInterval(tally.num_successes, tally.num_episodes);
  const std::string interval =
      tally.num_episodes == 0 ? "-"
                              : fmt::format("{:.1f}–{:.1f}", 100 * bounds.low, 100 * bounds.high);
  const std::string share = tally.num_goals == 0
                                ? "-"
                                : fmt::format("{:.1f} %", 100 * tally.best_share / tally.num_goals);
  return {index, name,     std::to_string(tally.num_episodes), std::to_string(tally.num_successes),
          rate,  interval, std::to_string(tally.num_errors),   share};
}

}  // namespace

void Tally::Add(const EpisodeResult& result) {
  if (!result.error.empty()) {
    ++num_errors;
    return;
  }
  ++num_episodes;
  if (result.success()) ++num_successes;
  const GoalProgress& goal = result.progress;
  if (goal.num_predicates == 0) return;
  ++num_goals;
  best_share += static_cast<double>(goal.best) / goal.num_predicates;
}

double Tally::success_rate() const {
  if (num_episodes == 0) return std::numeric_limits<double>::quiet_NaN();
  return 100.0 * num_successes / num_episodes;
}

std::vector<EpisodeRecord> LastRecords(std::span<const EpisodeRecord> records) {
  std::vector<EpisodeRecord> last;
  std::map<std::tuple<std::string, int, int, int, uint32_t>, size_t> places;
  for (const EpisodeRecord& record : records) {
    const EpisodeSpec& spec = record.result.spec;
    const auto [place, is_new] = places.try_emplace(
        {spec.suite, spec.task_index, spec.init_index, spec.reset_index, spec.seed}, last.size());
    if (is_new) {
      last.push_back(record);
    } else {
      last[place->second] = record;
    }
  }
  return last;
}

Tally Count(std::span<const EpisodeRecord> records) {
  Tally tally;
  for (const EpisodeRecord& record : LastRecords(records)) tally.Add(record.result);
  return tally;
}

void PrintEvalTable(const std::vector<Task>& tasks, std::span<const EpisodeRecord> records,
                    int width, std::ostream& out) {
  std::map<int, Tally> tallies;
  for (const EpisodeRecord& record : LastRecords(records)) {
    tallies[record.result.spec.task_index].Add(record.result);
  }
  TextTable table;
  table.columns = {{"task", true},      {"name", false, true}, {"episodes", true},
                   {"successes", true}, {"rate", true},        {"95 % interval", true},
                   {"errors", true},    {"sub-goals", true}};
  for (const Task& task : tasks) {
    table.rows.push_back(Row(std::to_string(task.index), task.instruction, tallies[task.index]));
  }
  table.rows.push_back(Row("all", "", Count(records)));
  PrintTable(table, width, out);
}

}  // namespace libero
