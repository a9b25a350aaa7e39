#pragma once

#include <functional>

#include "sim/renderer_source.h"

#include <CLI/CLI.hpp>

// What the program's subcommands share; each folder adds its own to the command line.
namespace libero {

// What the chosen subcommand does; returns the exit status.
using CommandAction = std::function<int()>;

// Columns of the terminal on stdout; 0 if it is none.
[[nodiscard]] int TerminalWidth();

// Adds --renderer and the option that says which GPU draws.
void AddRenderer(CLI::App& command, RendererOptions& renderer,
                 const char* device_option = "--device");

}  // namespace libero
