#pragma once

#include <filesystem>

namespace libero {

// Starts `libero view --run FOLDER` as a process of its own: this one neither waits for it nor ends
// with it, and Ctrl-C in the terminal is not meant for it. What it has to say, e.g. that there is
// no display, goes to stderr. Returns false if it cannot be started.
bool StartViewer(const std::filesystem::path& run_folder);

}  // namespace libero
