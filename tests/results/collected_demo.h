#pragma once

#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "results/collect_command.h"

namespace libero {

// Leaves a file in the folder, of libero_spatial's first task: one demonstration without pictures.
inline void CollectOneDemo(const std::filesystem::path& folder) {
  CollectOptions options;
  options.request.suite = "spatial";
  options.request.tasks = "0";
  options.request.num_demos = 1;
  options.request.cameras = "none";
  options.out = folder;
  options.data_root = LIBERO_DEPS_DIR;
  options.cache_folder = LIBERO_TEST_CACHE_DIR;
  std::ostringstream out;
  ASSERT_EQ(RunCollectCommand(options, out, out), 0);
}

}  // namespace libero
