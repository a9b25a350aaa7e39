#pragma once

#include "sim/command_line.h"

namespace libero {

// Adds tasks, protocols, render, playthrough, replay, inspect, dump-model and export.
void AddTaskCommands(CLI::App& app, CommandAction& action);

}  // namespace libero
