#include "results/compare_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <string>

#include "results/comparison.h"
#include "results/report_tables.h"
#include "results/sequential_statistics.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/text_table.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

// "+2.4", in percentage points.
std::string Points(double difference) {
  const std::string text = fmt::format("{:+.1f}", 100 * difference);
  return text == "-0.0" ? "+0.0" : text;
}

std::string PointsRange(const Interval& interval) {
  return fmt::format("{} to {}", Points(interval.low), Points(interval.high));
}

double RateOfA(const PairCounts& counts) {
  return static_cast<double>(counts.num_both + counts.num_only_a) / counts.num_pairs();
}

double RateOfB(const PairCounts& counts) {
  return static_cast<double>(counts.num_both + counts.num_only_b) / counts.num_pairs();
}

std::vector<std::string> Row(const std::string& index, const std::string& instruction,
                             const PairCounts& counts) {
  return {index,
          instruction,
          std::to_string(counts.num_pairs()),
          Percent(RateOfA(counts)),
          Percent(RateOfB(counts)),
          std::to_string(counts.num_both),
          std::to_string(counts.num_only_a),
          std::to_string(counts.num_only_b),
          std::to_string(counts.num_neither),
          Points(counts.difference())};
}

void PrintTasks(const Comparison& comparison, int width, std::ostream& out) {
  TextTable table;
  table.columns = {{"task", true},    {"instruction", false, true},
                   {"pairs", true},   {"A", true},
                   {"B", true},       {"both", true},
                   {"only A", true},  {"only B", true},
                   {"neither", true}, {"B - A", true}};
  for (const auto& [task, counts] : comparison.tasks) {
    table.rows.push_back(Row(std::to_string(task.index), task.instruction, counts));
  }
  table.rows.push_back(Row("all", "", comparison.counts));
  PrintTable(table, width, out);
}

// In words, at a level of 5 %.
std::string Verdict(const Comparison& comparison, double p_value) {
  if (p_value > 1 - kConfidence) return "the difference may well be chance";
  return comparison.counts.difference() > 0 ? "B is better" : "A is better";
}

void Print(const RunData& a, const RunData& b, const Comparison& comparison, double adjusted_p,
           bool is_one_of_many, std::ostream& out) {
  out << fmt::format("A  {}: {}\nB  {}: {}\n", a.folder.string(), a.policy, b.folder.string(),
                     b.policy);
  if (comparison.num_unpaired_a + comparison.num_unpaired_b > 0) {
    out << fmt::format("left out, without a partner that ended: {} of A, {} of B\n",
                       comparison.num_unpaired_a, comparison.num_unpaired_b);
  }
  out << fmt::format("\nB - A: {} points, 95 % interval {} (paired bootstrap)\n",
                     Points(comparison.counts.difference()), PointsRange(comparison.difference));
  if (comparison.over_tasks) {
    out << fmt::format("with other tasks of this kind: {} (bootstrap over tasks)\n",
                       PointsRange(*comparison.over_tasks));
  }
  out << fmt::format("exact McNemar test: {} against {}, p = {:.3g}", comparison.counts.num_only_b,
                     comparison.counts.num_only_a, comparison.p_value);
  if (is_one_of_many) out << fmt::format(", {:.3g} by Holm for all of these", adjusted_p);
  out << fmt::format(": {}\n", Verdict(comparison, adjusted_p));
  if (a.stop || b.stop) {
    out << fmt::format(
        "a rule stopped {}: p and intervals hold for fixed numbers of episodes only; "
        "evidence for B {:.3g}, for A {:.3g}, decisive from {:g} on\n",
        a.stop ? "A" : "B",
        EvidenceOfBetter(comparison.counts.num_only_b, comparison.counts.num_only_a),
        EvidenceOfBetter(comparison.counts.num_only_a, comparison.counts.num_only_b),
        kDecisiveEvidence);
  }
  if (comparison.pairs_needed) {
    out << fmt::format(
        "to find a difference of this size in four of five evaluations takes {} "
        "episodes of each\n",
        *comparison.pairs_needed);
  }
}

Json CountsJson(const PairCounts& counts) {
  return {{"pairs", counts.num_pairs()},   {"both", counts.num_both},
          {"only_a", counts.num_only_a},   {"only_b", counts.num_only_b},
          {"neither", counts.num_neither}, {"difference", counts.difference()}};
}

Json ToJson(const RunData& a, const RunData& b, const Comparison& comparison, double adjusted_p,
            const RunDifferences& differences) {
  Json json = {{"a", a.name}, {"b", b.name}, {"policy_a", a.policy}, {"policy_b", b.policy}};
  json.update(CountsJson(comparison.counts));
  json["unpaired_a"] = comparison.num_unpaired_a;
  json["unpaired_b"] = comparison.num_unpaired_b;
  json["interval"] = {comparison.difference.low, comparison.difference.high};
  json["over_tasks"] = comparison.over_tasks
                           ? Json{comparison.over_tasks->low, comparison.over_tasks->high}
                           : Json();
  json["p_value"] = comparison.p_value;
  json["p_value_holm"] = adjusted_p;
  json["pairs_needed"] = comparison.pairs_needed ? Json(*comparison.pairs_needed) : Json();
  json["protocol_differences"] = differences.of_protocol;
  json["other_differences"] = differences.others;
  json["tasks"] = Json::array();
  for (const auto& [task, counts] : comparison.tasks) {
    Json row = {{"index", task.index}, {"name", task.name}};
    row.update(CountsJson(counts));
    json["tasks"].push_back(row);
  }
  return json;
}

void CheckProtocols(const RunData& a, const RunData& b, const RunDifferences& differences,
                    bool is_allowed) {
  if (differences.of_protocol.empty() || is_allowed) return;
  throw Error(fmt::format("{} and {} were not run alike: {}", a.folder.string(), b.folder.string(),
                          fmt::join(differences.of_protocol, "; ")),
              "--allow-different-protocols compares them all the same");
}

}  // namespace

int RunCompareCommand(const CompareOptions& options, std::ostream& out) {
  if (options.runs.size() < 2) {
    throw Error("expected two or more runs, got one", "libero compare runs/a runs/b");
  }
  std::vector<RunData> runs;
  for (const std::filesystem::path& folder : options.runs) {
    if (!IsRun(folder)) {
      throw Error(fmt::format("{}: no evaluation is there", folder.string()),
                  "give folders that `libero eval` wrote");
    }
    runs.push_back(ReadRun(folder));
  }

  // everything is found before anything is said
  std::vector<Comparison> comparisons;
  std::vector<RunDifferences> differences;
  std::vector<double> p_values;
  for (size_t i = 1; i < runs.size(); ++i) {
    differences.push_back(FindDifferences(runs[0], runs[i]));
    CheckProtocols(runs[0], runs[i], differences.back(), options.allow_different_protocols);
    comparisons.push_back(Compare(runs[0], runs[i]));
    p_values.push_back(comparisons.back().p_value);
  }
  const std::vector<double> adjusted = HolmAdjusted(p_values);
  Json json = Json::array();
  for (size_t i = 0; i < comparisons.size(); ++i) {
    if (i > 0) out << "\n";
    for (const std::string& difference : differences[i].of_protocol) {
      out << "not alike: " << difference << "\n";
    }
    for (const std::string& difference : differences[i].others) {
      out << "differs, which may matter a little: " << difference << "\n";
    }
    Print(runs[0], runs[i + 1], comparisons[i], adjusted[i], comparisons.size() > 1, out);
    out << "\n";
    PrintTasks(comparisons[i], options.width, out);
    json.push_back(ToJson(runs[0], runs[i + 1], comparisons[i], adjusted[i], differences[i]));
  }
  if (options.json) {
    WriteFileAtomically(*options.json, {json.dump(2) + "\n"}, "check that the folder is there");
  }
  return 0;
}

}  // namespace libero
