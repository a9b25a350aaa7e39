#pragma once

#include "policy/load_policy.h"
#include "sim/command_line.h"

namespace libero {

// Adds how the policy of a checkpoint acts, for commands that take one.
void AddCheckpoint(CLI::App& command, CheckpointOptions& options);

// Adds convert and inspect-checkpoint.
void AddPolicyCommands(CLI::App& app, CommandAction& action);

}  // namespace libero
