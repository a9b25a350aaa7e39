#include "sim/virtual_files.h"

#include <fmt/format.h>

#include <limits>

#include "sim/base/check.h"

namespace libero {

void VirtualFiles::Add(const std::string& name, const std::string& bytes) {
  const bool fits = bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max());
  if (!fits ||
      mj_addBufferVFS(&vfs_, name.c_str(), bytes.data(), static_cast<int>(bytes.size())) != 0) {
    throw Error(fmt::format("cannot give MuJoCo the file {} of {} bytes", name, bytes.size()));
  }
}

}  // namespace libero
