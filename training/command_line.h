#pragma once

#include "sim/command_line.h"

namespace libero {

// Adds train.
void AddTrain(CLI::App& app, CommandAction& action);

}  // namespace libero
