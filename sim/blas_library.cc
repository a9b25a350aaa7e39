#include "sim/blas_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/assets.h"
#include "sim/base/check.h"
#include "sim/base/paths.h"

namespace libero::blas {
namespace {

namespace fs = std::filesystem;

// In the order in which they need each other; their full names depend on the processor.
constexpr std::array kLibraries = {"libquadmath", "libgfortran", "libscipy_openblas"};

void* Load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  if (library == nullptr) {
    throw Error(
        fmt::format("cannot load OpenBLAS: {}", dlerror()),  // NOLINT(concurrency-mt-unsafe)
        "run './libero build' in the checkout, or export the folder again");
  }
  return library;
}

// Loads a packed library through a file in memory.
void* LoadPacked(const fs::path& data_root, const std::string& file) {
  const std::string bytes = ReadAsset(data_root, file);
  const int descriptor = memfd_create(file.c_str(), MFD_CLOEXEC);
  size_t written = 0;
  while (descriptor >= 0 && written < bytes.size()) {
    const ssize_t count = write(descriptor, bytes.data() + written, bytes.size() - written);
    if (count <= 0) break;
    written += static_cast<size_t>(count);
  }
  if (written < bytes.size()) throw Error("cannot unpack " + file + ": out of memory");
  // stays open: the loader knows libraries by their paths, and would take the next file for this one
  return Load(fmt::format("/proc/self/fd/{}", descriptor));
}

void* LoadOpenBlas() {
  // an exported folder has its own, packed
  fs::path data_root = ProgramFolder() / "data";
  if (!fs::exists(data_root / "openblas")) data_root = LIBERO_DEPS_DIR;
  const fs::path unpacked = data_root / "openblas" / "libscipy_openblas.so";
  if (fs::exists(unpacked)) return Load(unpacked.string());

  std::vector<std::string> files;
  std::error_code ignored;  // then there are no files
  for (const auto& entry : fs::directory_iterator(data_root / "openblas", ignored)) {
    files.push_back(entry.path().stem().string());  // without ".zst"
  }
  void* library = nullptr;
  for (const std::string_view name : kLibraries) {
    for (const std::string& file : files) {
      if (file.starts_with(name)) library = LoadPacked(data_root, "openblas/" + file);
    }
  }
  if (library == nullptr) {
    throw Error(fmt::format("no OpenBLAS at {}", unpacked.string()),
                "run './libero build' in the checkout, or export the folder again");
  }
  return library;
}

template <typename Function>
void Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw Error(fmt::format("OpenBLAS has no function {}", name));
}

Library MakeLibrary() {
  void* handle = LoadOpenBlas();
  Library library{};
  Find(handle, "scipy_dgemm_", library.dgemm);
  Find(handle, "scipy_dgemv_", library.dgemv);
  Find(handle, "scipy_ddot_", library.ddot);
  Find(handle, "scipy_dgetrf_", library.dgetrf);
  Find(handle, "scipy_dgetri_", library.dgetri);
  Find(handle, "scipy_dgesdd_", library.dgesdd);
  Find(handle, "scipy_ssyevd_", library.ssyevd);
  Find(handle, "scipy_openblas_get_corename", library.corename);
  // matrices are too small to share among threads; the library's own would only wait
  void (*set_num_threads)(int) = nullptr;
  Find(handle, "scipy_openblas_set_num_threads", set_num_threads);
  set_num_threads(1);
  return library;
}

}  // namespace

const Library& GetLibrary() {
  static const Library library = MakeLibrary();
  return library;
}

}  // namespace libero::blas
