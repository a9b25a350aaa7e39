#pragma once

#include "sim/command_line.h"

namespace libero {

// Adds view.
void AddView(CLI::App& app, CommandAction& action);

}  // namespace libero
