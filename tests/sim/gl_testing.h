#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "sim/gl_devices.h"

namespace libero {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;  // what is freed stays in quarantine
#else
constexpr bool kIsSanitized = false;
#endif

// Mesa 22.3 never frees some of what contexts allocate, and unloads the libraries that did, so that
// the leak checker cannot be told to leave out those: what is allocated meanwhile is not checked.
class [[maybe_unused]] IgnoreDriverLeaks {
 public:
  IgnoreDriverLeaks() {}  // so that a constant needs no initialiser

 private:
#ifdef __SANITIZE_ADDRESS__
  __lsan::ScopedDisabler disabler_;
#endif
};

// Why this machine has nothing that the renderer "egl" or "osmesa" could draw with, or "": a
// library that is there and does not work is no reason to skip a test.
inline std::string WhyNoGl(const std::string& renderer) {
  [[maybe_unused]] const IgnoreDriverLeaks ignore;
  if (renderer == "osmesa") {
    return TryOsMesa().library.empty() ? "OSMesa is not installed (libosmesa6)" : "";
  }
  return ListEglDevices(TryContexts::kNo).devices.empty() ? "EGL has no device" : "";
}

struct ProcessUse {
  int64_t memory_bytes = 0;  // resident
  int64_t num_threads = 0;
  int64_t num_files = 0;  // open ones
};

inline ProcessUse ThisProcess() {
  const auto count = [](const char* folder) {
    int64_t number = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      number += entry.path().empty() ? 0 : 1;
    }
    return number;
  };
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  return {resident_pages * sysconf(_SC_PAGESIZE), count("/proc/self/task"), count("/proc/self/fd")};
}

}  // namespace libero
