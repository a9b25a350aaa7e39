#include "sim/command_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace libero {

int TerminalWidth() {
  winsize size{};
  const bool is_terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return is_terminal ? size.ws_col : 0;
}

void AddRenderer(CLI::App& command, RendererOptions& renderer, const char* device_option) {
  command
      .add_option("--renderer", renderer.name,
                  "What draws: auto (EGL on a GPU, else cpu), cpu, gl (EGL, else OSMesa), egl or "
                  "osmesa")
      ->capture_default_str();
  command.add_option(device_option, renderer.device,
                     "GPU that draws, by its CUDA index (default: the first that can)");
}

}  // namespace libero
