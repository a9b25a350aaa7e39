#include "tasks/init_states.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/npy.h"
#include "sim/base/torch_archive.h"
#include "sim/base/zip_reader.h"

namespace libero {
namespace {

constexpr const char* kArrayHint =
    "init states are one array of N rows [time, qpos, qvel] of float64";

NdArray ReadTorchArray(const std::string& path) {
  const TorchArchive archive(path);
  const auto* const array = archive.root().As<PickleArray>();
  if (array == nullptr) {
    throw Error(
        fmt::format("{}: expected a numpy array, got a {}", path, archive.root().TypeName()),
        kArrayHint);
  }
  return MakeNdArray(array->dtype, array->shape, array->is_fortran_order, array->bytes);
}

NdArray ReadArray(const std::string& path) {
  const std::string_view name = path;
  if (name.ends_with(".npz")) return ReadNpzArray(ZipReader(path), "states");
  if (name.ends_with(".pruned_init") || name.ends_with(".init")) return ReadTorchArray(path);
  throw Error(fmt::format("{}: expected a file of init states, .npz, .pruned_init or .init", path),
              "rename the file after what it is");
}

}  // namespace

InitStates::InitStates(std::string name, int num_states, int state_size, std::vector<double> values)
    : name_(std::move(name)),
      num_states_(num_states),
      state_size_(state_size),
      values_(std::move(values)) {
  LIBERO_CHECK(num_states > 0 && state_size > 0);
  LIBERO_CHECK(values_.size() / static_cast<size_t>(state_size) == static_cast<size_t>(num_states));
  LIBERO_CHECK(values_.size() % static_cast<size_t>(state_size) == 0);
}

std::span<const double> InitStates::state(int index) const {
  if (index < 0 || index >= num_states_) {
    throw Error(fmt::format("{}: expected an init state from 0 to {}, got {}", name_,
                            num_states_ - 1, index),
                "choose an index in this range");
  }
  const auto size = static_cast<size_t>(state_size_);
  return std::span(values_).subspan(static_cast<size_t>(index) * size, size);
}

InitStates LoadInitStates(const std::string& path) {
  const NdArray array = ReadArray(path);
  constexpr int64_t kMaxSize = std::numeric_limits<int>::max();
  if (array.dtype != DType::kF64 || array.shape.size() != 2 || array.shape[0] < 1 ||
      array.shape[1] < 1 || array.shape[0] > kMaxSize || array.shape[1] > kMaxSize) {
    throw Error(fmt::format("{}: expected a non-empty (N, D) array of f64, got {} of {}", path,
                            ShapeName(array.shape), DTypeName(array.dtype)),
                kArrayHint);
  }

  const std::span<const double> values = array.values<double>();
  const auto width = static_cast<size_t>(array.shape[1]);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(fmt::format("{}: expected finite numbers, got {} in row {}, column {}", path,
                            values[i], i / width, i % width),
                "record the init states again");
  }
  return {path, static_cast<int>(array.shape[0]), static_cast<int>(width),
          std::vector<double>(values.begin(), values.end())};
}

void CheckFits(const InitStates& states, int nq, int nv, const std::string& model_name) {
  const int expected = 1 + nq + nv;
  if (states.state_size() == expected) return;
  throw Error(fmt::format("{}: expected rows of {} numbers for {} (1 time + {} qpos + {} qvel), "
                          "got {}",
                          states.name(), expected, model_name, nq, nv, states.state_size()),
              "these init states belong to another task or to another version of its objects");
}

}  // namespace libero
