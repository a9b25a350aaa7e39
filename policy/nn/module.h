#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/TensorOptions.h>

namespace libero {

// A tensor and the name that checkpoints know it by, e.g. "blocks.0.attn.qkv.weight".
struct NamedTensor {
  std::string name;
  at::Tensor* tensor = nullptr;  // a member of the module; never null
};

// A part of a network: its parameters and parts by name, so that it can be filled from a file. What
// it computes is its forward(). Registered names equal those of published checkpoints; a name may
// have dots, as in "to_out.0".
// Values are not set by constructors: on the device "meta" a module costs no memory, and elsewhere
// each byte is written once, by LoadWeights or InitializeWeights.
// Neither copied nor moved: it knows the addresses of its parts.
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // All parameters of this module and its parts, in order of registration.
  [[nodiscard]] std::vector<NamedTensor> parameters();

  // Calls `visit` for this module (name "") and all its parts, by their full names.
  void Visit(const std::function<void(const std::string& name, Module& module)>& visit);

  // The number of values in all parameters.
  [[nodiscard]] int64_t num_parameters();

  // Whether gradients of all parameters are asked for, which they are not at first.
  void SetRequiresGrad(bool requires_grad);

  // Moves all parameters to a device and converts them to a type. Drops gradients.
  void To(at::Device device, at::ScalarType dtype);

 protected:
  // Makes the parameter `*tensor`, a member of this module, with unset values.
  void Register(std::string name, at::Tensor* tensor, at::IntArrayRef shape,
                const at::TensorOptions& options);

  // Adds a part, a member of this module.
  void Register(std::string name, Module* part);

 private:
  void Collect(const std::string& prefix, std::vector<NamedTensor>* result);
  void Visit(const std::string& name,
             const std::function<void(const std::string& name, Module& module)>& visit);

  std::vector<NamedTensor> own_;
  std::vector<std::pair<std::string, Module*>> parts_;
};

// Equal parts in a row, named "<prefix>.0", "<prefix>.1", …
template <typename Part>
using ModuleList = std::deque<Part>;

}  // namespace libero
