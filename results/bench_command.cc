#include "results/bench_command.h"

#include <fmt/format.h>

#include <fstream>
#include <ostream>

#include "sim/base/check.h"
#include "sim/base/progress.h"
#include "sim/base/run_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

Json ConfigJson(const BenchOptions& options) {
  return {{"suite", options.suite},           {"tasks", options.tasks},
          {"preset", options.preset},         {"demos", options.num_demos},
          {"episodes", options.num_episodes}, {"minutes", options.minutes},
          {"data", options.data.string()},    {"from", options.from.string()},
          {"device", options.device},         {"seed", options.seed}};
}

void PrintPlan(const std::vector<BenchPhase>& phases, std::ostream& log) {
  double total_s = 0;
  for (size_t i = 0; i < phases.size(); ++i) {
    log << fmt::format("  {}. {:<48} {:>12}\n", i + 1, phases[i].title,
                       FormatDuration(phases[i].expected_s));
    total_s += phases[i].expected_s;
  }
  log << fmt::format("  {:<51} {:>12} on two cores, what is done already included\n\n", "total",
                     FormatDuration(total_s))
      << std::flush;
}

// "overall: 83.5 % [77.7, 88.0]", from the report.
std::string Headline(const std::filesystem::path& report) {
  std::ifstream file(report);
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("overall")) return "";
  const Json& overall = json["overall"];
  const double percent = 100 * overall.value("success_rate", 0.0);
  const std::vector<double> interval = overall.value("interval", std::vector<double>{0, 0});
  return fmt::format("success rate {:.1f} %, 95 % interval {:.1f} to {:.1f} %", percent,
                     100 * interval.at(0), 100 * interval.at(1));
}

}  // namespace

int RunBenchCommand(const BenchOptions& options, const CommandRunner& run, std::ostream& out,
                    std::ostream& log) {
  const std::vector<BenchPhase> phases = MakeBenchPlan(options);
  const RunFolder folder(options.out, ConfigJson(options), {});
  PrintPlan(phases, log);
  for (size_t i = 0; i < phases.size(); ++i) {
    log << fmt::format("{}/{} {}\n  {}\n", i + 1, phases.size(), phases[i].title,
                       CommandText(phases[i]))
        << std::flush;
    const int status = run(phases[i].command);
    if (status == 0) continue;
    log << fmt::format("'{}' ended with status {}; the same bench command continues\n",
                       phases[i].command[0], status);
    return status;
  }
  const std::filesystem::path report = folder.file("report");
  const std::string headline = Headline(report / "report.json");
  out << fmt::format("{}\nreport: {}\n", headline, (report / "index.html").string());
  if (!folder.is_done()) folder.WriteDone(headline);
  return 0;
}

}  // namespace libero
