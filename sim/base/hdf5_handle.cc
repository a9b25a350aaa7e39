#include "sim/base/hdf5_handle.h"

#include <hdf5.h>

#include <type_traits>

namespace libero {
namespace {

// At exit HDF5 would close what is open. Handles have done that by then, and of a file that could
// not be written (a full disk) it keeps a rest on which it crashes. Only counts before all other
// calls.
[[maybe_unused]] const herr_t kNoCleanUpAtExit = H5dont_atexit();

}  // namespace

// so that the headers do without hdf5.h
static_assert(std::is_same_v<hid_t, int64_t> && std::is_same_v<herr_t, int>);

void Hdf5Handle::Close() {
  if (id_ >= 0) H5Idec_ref(id_);
  id_ = -1;
}

Hdf5ErrorScope::Hdf5ErrorScope() {
  H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5ErrorScope::~Hdf5ErrorScope() {
  H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_);
}

std::string Hdf5ErrorScope::Reason() const {
  // the walk starts at the innermost call
  const char* description = nullptr;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* found) -> herr_t {
    auto& text = *static_cast<const char**>(found);
    if (text == nullptr) text = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &description);
  return description == nullptr || *description == '\0' ? "no reason given" : description;
}

}  // namespace libero
