#include "training/stage.h"

#include "sim/base/check.h"

namespace libero {

void ShareParameters(Module* from, Module* to) {
  const std::vector<NamedTensor> sources = from->parameters();
  const std::vector<NamedTensor> targets = to->parameters();
  LIBERO_CHECK(sources.size() == targets.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    LIBERO_CHECK(sources[i].name == targets[i].name);
    *targets[i].tensor = sources[i].tensor->detach();
    targets[i].tensor->requires_grad_(sources[i].tensor->requires_grad());
  }
}

}  // namespace libero
