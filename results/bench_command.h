#pragma once

#include <functional>
#include <iosfwd>

#include "results/bench_plan.h"
#include "sim/base/process_environment.h"

namespace libero {

// Runs a command of this program, given without its name; returns the exit status.
using CommandRunner = std::function<int(const std::vector<std::string>& command)>;

// Does the whole job in the folder, phase by phase: demonstrations, every stage of training,
// evaluation, report. Says beforehand what it will do and how long that takes. What is done already
// is skipped; the same command continues after an interruption and comes to the same numbers.
// Of several processes all train and evaluate; rank 0 does the rest, and alone says anything.
// Returns the exit status of the first phase that does not succeed, or 0. Throws Error for bad
// options, or if the folder was made with others.
int RunBenchCommand(const BenchOptions& options, const CommandRunner& run,
                    const ProcessPlace& place, std::ostream& out, std::ostream& log);

}  // namespace libero
