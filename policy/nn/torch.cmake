# LibTorch as the wheel has it. Its own CMake package looks for CUDA and fails where there is none.
# Only the part for processors is linked; the CUDA part is loaded on demand, see policy/nn/device.h.
set(LIBERO_TORCH "${LIBERO_DEPS}/torch" CACHE PATH "LibTorch 2.11: folders include and lib")

foreach(name torch_cpu c10)
  add_library(${name} SHARED IMPORTED)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION "${LIBERO_TORCH}/lib/lib${name}.so")
endforeach()

# -idirafter: the folder also holds fmt, protobuf and pybind11, which must not hide the system's
add_library(torch INTERFACE)
target_compile_options(torch INTERFACE
  "SHELL:-idirafter ${LIBERO_TORCH}/include"
  "SHELL:-idirafter ${LIBERO_TORCH}/include/torch/csrc/api/include")
target_link_options(torch INTERFACE "-Wl,-rpath-link,${LIBERO_TORCH}/lib")
target_link_libraries(torch INTERFACE torch_cpu c10)

# Writes a source with the texts of these JSON files, for policy/nn/presets.h.
function(embed_presets result)
  set(entries "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"json(${text})json\"},\n")
  endforeach()
  set(source ${CMAKE_BINARY_DIR}/generated/presets.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT [[
#include "policy/nn/presets.h"

namespace libero {

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> presets = {
@entries@  };
  return presets;
}

}  // namespace libero
]] @ONLY)
  set(${result} ${source} PARENT_SCOPE)
endfunction()
