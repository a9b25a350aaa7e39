#include "training/mixed_precision.h"

#include <ATen/autocast_mode.h>

namespace libero {

Bf16Autocast::Bf16Autocast(c10::DeviceType device, bool is_on) : device_(device), is_on_(is_on) {
  if (!is_on_) return;
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
}

Bf16Autocast::~Bf16Autocast() {
  if (!is_on_) return;
  at::autocast::set_autocast_enabled(device_, false);
  at::autocast::clear_cache();
}

}  // namespace libero
