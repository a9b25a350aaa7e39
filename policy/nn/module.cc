#include "policy/nn/module.h"

#include <ATen/ATen.h>

namespace libero {

std::vector<NamedTensor> Module::parameters() {
  std::vector<NamedTensor> result;
  Collect("", &result);
  return result;
}

void Module::Visit(const std::function<void(const std::string& name, Module& module)>& visit) {
  Visit("", visit);
}

int64_t Module::num_parameters() {
  int64_t count = 0;
  for (const NamedTensor& parameter : parameters()) count += parameter.tensor->numel();
  return count;
}

void Module::SetRequiresGrad(bool requires_grad) {
  for (const NamedTensor& parameter : parameters()) {
    parameter.tensor->set_requires_grad(requires_grad);
  }
}

void Module::To(at::Device device, at::ScalarType dtype) {
  for (const NamedTensor& parameter : parameters()) {
    const bool requires_grad = parameter.tensor->requires_grad();
    *parameter.tensor = parameter.tensor->detach().to(device, dtype);
    parameter.tensor->set_requires_grad(requires_grad);
  }
}

void Module::Register(std::string name, at::Tensor* tensor, at::IntArrayRef shape,
                      const at::TensorOptions& options) {
  *tensor = at::empty(shape, options);
  own_.push_back({std::move(name), tensor});
}

void Module::Register(std::string name, Module* part) {
  parts_.emplace_back(std::move(name), part);
}

void Module::Collect(const std::string& prefix, std::vector<NamedTensor>* result) {
  for (const NamedTensor& own : own_) result->push_back({prefix + own.name, own.tensor});
  for (const auto& [name, part] : parts_) part->Collect(prefix + name + ".", result);
}

void Module::Visit(const std::string& name,
                   const std::function<void(const std::string& name, Module& module)>& visit) {
  visit(name, *this);
  for (const auto& [part_name, part] : parts_) {
    std::string full_name = name;
    if (!name.empty()) full_name += '.';
    full_name += part_name;
    part->Visit(full_name, visit);
  }
}

}  // namespace libero
