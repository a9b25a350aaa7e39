#include "tasks/action_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/npy.h"

namespace libero {
namespace {

// The preamble of a file: magic, version 1.0, and a header whose end is at a multiple of 64 bytes.
// source: numpy@2.2.6:numpy/lib/format.py (module comment)
std::string Preamble(const char* dtype, size_t num_actions) {
  std::string header =
      fmt::format("{{'descr': '<{}', 'fortran_order': False, 'shape': ({}, {}), }}", dtype,
                  num_actions, std::tuple_size_v<Action>);
  constexpr size_t kBefore = 10;  // magic, version, length
  while ((kBefore + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 0xFFU);
  text += static_cast<char>(header.size() >> 8U);
  return text + header;
}

template <typename Number>
std::string_view Bytes(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

template <typename Number>
std::vector<Action> ToActions(std::span<const Number> numbers) {
  std::vector<Action> actions(numbers.size() / std::tuple_size_v<Action>);
  for (size_t i = 0; i < numbers.size(); ++i) {
    actions[i / std::tuple_size_v<Action>][i % std::tuple_size_v<Action>] = numbers[i];
  }
  return actions;
}

}  // namespace

std::string EpisodeFileStem(const EpisodeSpec& episode) {
  return fmt::format("task{}_init{}", episode.task_index, episode.init_index);
}

void WriteActionFile(const std::filesystem::path& path, std::span<const Action> actions) {
  std::vector<double> numbers;
  for (const Action& action : actions) numbers.insert(numbers.end(), action.begin(), action.end());
  std::vector<float> rounded;
  rounded.reserve(numbers.size());
  for (const double number : numbers) rounded.push_back(static_cast<float>(number));
  const bool is_exact = std::ranges::equal(numbers, rounded);
  const std::string hint = "check that you may write there and that the disk has space";
  WriteFileAtomically(path,
                      {Preamble(is_exact ? "f4" : "f8", actions.size()),
                       is_exact ? Bytes(rounded) : Bytes(numbers)},
                      hint);
}

std::vector<Action> ReadActionFile(const std::filesystem::path& path) {
  const NdArray array = ReadNpy(path.string());
  const bool has_form =
      array.shape.size() == 2 && array.shape[1] == static_cast<int64_t>(std::tuple_size_v<Action>);
  if (has_form && array.dtype == DType::kF64) return ToActions(array.values<double>());
  if (has_form && array.dtype == DType::kF32) return ToActions(array.values<float>());
  throw Error(fmt::format("{}: expected actions, (steps, 7) of f4 or f8, got {} of {}",
                          path.string(), ShapeName(array.shape), DTypeName(array.dtype)));
}

}  // namespace libero
