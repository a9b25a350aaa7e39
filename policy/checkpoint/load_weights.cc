#include "policy/checkpoint/load_weights.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"
#include "sim/base/pickle_value.h"

namespace libero {
namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> kTypes = {{{DType::kBool, at::kBool},
                                                                      {DType::kU8, at::kByte},
                                                                      {DType::kI8, at::kChar},
                                                                      {DType::kI16, at::kShort},
                                                                      {DType::kI32, at::kInt},
                                                                      {DType::kI64, at::kLong},
                                                                      {DType::kF16, at::kHalf},
                                                                      {DType::kBF16, at::kBFloat16},
                                                                      {DType::kF32, at::kFloat},
                                                                      {DType::kF64, at::kDouble}}};

struct Match {
  at::Tensor* parameter;
  const StoredTensor* stored;
};

// The problem of a tensor that is for this parameter; empty if there is none.
std::string Mismatch(const StoredTensor& stored, const at::Tensor& parameter,
                     const std::string& name) {
  if (!at::isFloatingType(ToScalarType(stored.dtype))) {
    return fmt::format("{}: expected floating-point numbers, got {}", name,
                       DTypeName(stored.dtype));
  }
  if (parameter.sizes() != at::IntArrayRef(stored.shape)) {
    return fmt::format("{}: expected the shape {}, got {}", name, ShapeName(parameter.sizes()),
                       ShapeName(stored.shape));
  }
  return "";
}

// Finds the tensor of each parameter.
WeightsCheck MatchTensors(Module* module, const TensorStore& store, ModelPart part,
                          std::vector<Match>* matches) {
  std::map<std::string, at::Tensor*> parameters;
  for (const NamedTensor& parameter : module->parameters()) {
    parameters[parameter.name] = parameter.tensor;
  }
  WeightsCheck check;
  std::set<std::string> found;
  for (const StoredTensor& stored : store.tensors()) {
    const TensorName name = CanonicalName(part, stored.name);
    const std::string shown = PrintableText(stored.name);
    const auto parameter = parameters.find(name.name);
    if (!name.ignored.empty()) {
      check.ignored.push_back({stored.name, name.ignored});
    } else if (parameter == parameters.end()) {
      check.problems.push_back(fmt::format("{}: the network has no such parameter", shown));
    } else if (!found.insert(name.name).second) {
      check.problems.push_back(fmt::format("{}: a second tensor for {}", shown, name.name));
    } else if (const std::string problem = Mismatch(stored, *parameter->second, shown);
               !problem.empty()) {
      check.problems.push_back(problem);
    } else {
      matches->push_back({parameter->second, &stored});
    }
  }
  for (const auto& [name, parameter] : parameters) {
    if (!found.contains(name)) {
      check.problems.push_back(
          fmt::format("{}: missing, expected the shape {}", name, ShapeName(parameter->sizes())));
    }
  }
  return check;
}

}  // namespace

at::ScalarType ToScalarType(DType dtype) {
  for (const auto& [ours, torchs] : kTypes) {
    if (ours == dtype) return torchs;
  }
  LIBERO_CHECK(false);
}

DType ToDType(at::ScalarType type) {
  for (const auto& [ours, torchs] : kTypes) {
    if (torchs == type) return ours;
  }
  LIBERO_CHECK(false);
}

at::Tensor ViewOf(const StoredTensor& tensor) {
  // torch wants memory that it could write to; nothing here does
  return at::from_blob(const_cast<std::byte*>(tensor.bytes.data()), tensor.shape,
                       at::TensorOptions(ToScalarType(tensor.dtype)));
}

WeightsCheck CheckWeights(Module* module, const TensorStore& store, ModelPart part) {
  std::vector<Match> matches;
  return MatchTensors(module, store, part, &matches);
}

std::vector<IgnoredTensor> LoadWeights(Module* module, const TensorStore& store, ModelPart part) {
  std::vector<Match> matches;
  const WeightsCheck check = MatchTensors(module, store, part, &matches);
  if (!check.problems.empty()) {
    constexpr size_t kMaxShown = 8;
    std::string text;
    for (size_t i = 0; i < std::min(kMaxShown, check.problems.size()); ++i) {
      text += "\n  " + check.problems[i];
    }
    if (check.problems.size() > kMaxShown) {
      text += fmt::format("\n  and {} more", check.problems.size() - kMaxShown);
    }
    throw Error(fmt::format("{}: {} problems with the weights of the {}:{}", store.name(),
                            check.problems.size(), PartName(part), text),
                "are these the sizes of this model? see 'libero inspect-checkpoint'");
  }
  const c10::NoGradGuard no_grad;
  for (const Match& match : matches) match.parameter->copy_(ViewOf(*match.stored));
  return check.ignored;
}

TensorToWrite ToWrite(std::string name, at::Tensor tensor, at::ScalarType dtype) {
  return {.name = std::move(name),
          .dtype = ToDType(dtype),
          .shape = tensor.sizes().vec(),
          .produce = [tensor = std::move(tensor), dtype](const auto& write) {
            const at::Tensor ready = tensor.detach().to(at::kCPU, dtype).contiguous();
            write({static_cast<const std::byte*>(ready.const_data_ptr()), ready.nbytes()});
          }};
}

void SaveWeights(Module* module, const std::filesystem::path& folder, const std::string& stem,
                 at::ScalarType dtype, uint64_t max_bytes) {
  std::vector<TensorToWrite> tensors;
  for (const NamedTensor& parameter : module->parameters()) {
    if (parameter.name.find(".lora_") != std::string::npos) continue;
    tensors.push_back(ToWrite(parameter.name, *parameter.tensor, dtype));
  }
  WriteShardedSafetensors(folder, stem, tensors, max_bytes);
}

}  // namespace libero
