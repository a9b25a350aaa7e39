#include "results/bench_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <thread>

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

// Whether all processes do a phase together; others are rank 0's.
bool IsShared(const BenchPhase& phase) {
  return phase.command[0] == "train" || phase.command[0] == "eval";
}

// Until rank 0 has done a phase. If it fails, the launcher ends all.
void WaitFor(const BenchPhase& phase) {
  const auto out = std::ranges::find(phase.command, "--out");
  const std::filesystem::path done = std::filesystem::path(*std::next(out)) / "DONE";
  while (!exists(done)) std::this_thread::sleep_for(std::chrono::milliseconds(200));
}

// Runs phase i. Where rank 0 keeps the store of the processes, each phase has a port of its own:
// that of the phase before may still be open.
int RunPhase(const BenchPhase& phase, size_t i, const CommandRunner& run,
             const ProcessPlace& place) {
  if (place.size > 1 && !place.launcher_has_store) {
    setenv("MASTER_PORT", std::to_string(place.port + i).c_str(), /*replace=*/1);
  }
  return run(phase.command);
}

// What the ranks but 0 do.
int HelpWith(const std::vector<BenchPhase>& phases, const CommandRunner& run,
             const ProcessPlace& place) {
  for (size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].command[0] == "report") continue;
    if (IsShared(phases[i])) {
      if (const int status = RunPhase(phases[i], i, run, place); status != 0) return status;
    } else {
      WaitFor(phases[i]);
    }
  }
  return 0;
}

}  // namespace

int RunBenchCommand(const BenchOptions& options, const CommandRunner& run,
                    const ProcessPlace& place, std::ostream& out, std::ostream& log) {
  const std::vector<BenchPhase> phases = MakeBenchPlan(options);
  if (place.rank > 0) return HelpWith(phases, run, place);
  const RunFolder folder(options.out, ConfigJson(options), {});
  PrintPlan(phases, log);
  for (size_t i = 0; i < phases.size(); ++i) {
    log << fmt::format("{}/{} {}\n  {}\n", i + 1, phases.size(), phases[i].title,
                       CommandText(phases[i]))
        << std::flush;
    const int status = RunPhase(phases[i], i, run, place);
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
