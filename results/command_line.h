#pragma once

#include "results/bench_command.h"
#include "results/provenance.h"
#include "sim/command_line.h"

namespace libero {

// Adds bench, eval, video, report, compare, merge, collect, regenerate and speed. `program` goes
// into records; `run` runs the commands that bench consists of.
void AddResultCommands(CLI::App& app, const ProgramInfo& program, const CommandRunner& run,
                       CommandAction& action);

}  // namespace libero
