#include "results/start_viewer.h"

#include "sim/base/check.h"
#include "sim/base/process.h"

namespace libero {

bool StartViewer(const std::filesystem::path& run_folder) {
  try {
    (void)StartProcess({kThisProgram, "view", "--run", run_folder.string()}, /*own_group=*/true);
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace libero
