#pragma once

#include <string>
#include <vector>

namespace libero {

// What is in an HDF5 file, a line a dataset or attribute, sorted:
//   data/demo_0/ @num_samples i64 ()
//   data/demo_0/actions f64 (2, 7) chunks (2, 7) gzip
// Whatever fails is a failed CHECK.
[[nodiscard]] std::vector<std::string> ListHdf5(const std::string& file);

}  // namespace libero
