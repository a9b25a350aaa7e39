#pragma once

#include <c10/core/DeviceType.h>

namespace libero {

// While one is alive, matrix products and attention are computed in bfloat16, and what needs it
// (norms, softmax, losses) in float32, by PyTorch's lists of operations. Weights stay float32. Of
// this thread; not nested.
class Bf16Autocast {
 public:
  Bf16Autocast(c10::DeviceType device, bool is_on);
  ~Bf16Autocast();
  Bf16Autocast(const Bf16Autocast&) = delete;
  Bf16Autocast& operator=(const Bf16Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool is_on_;
};

}  // namespace libero
