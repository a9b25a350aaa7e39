#include "policy/nn/activation_checkpoint.h"

#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace libero {
namespace {

using Layer = std::function<at::Tensor(const at::Tensor&)>;
using torch::autograd::AutogradContext;

thread_local bool are_on = false;

struct LayerHolder : torch::CustomClassHolder {
  explicit LayerHolder(Layer function) : layer(std::move(function)) {}
  Layer layer;
};

struct CheckpointFunction : torch::autograd::Function<CheckpointFunction> {
  // `anchor` requires a gradient, so that the result does even if x does not.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& /*anchor*/, const Layer& layer) {
    context->save_for_backward({x});
    context->saved_data["layer"] =
        c10::IValue::make_capsule(c10::make_intrusive<LayerHolder>(layer));
    const c10::NoGradGuard no_grad;
    return layer(x);
  }

  static torch::autograd::variable_list backward(AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor saved = context->get_saved_variables()[0];
    const auto holder =
        c10::static_intrusive_pointer_cast<LayerHolder>(context->saved_data["layer"].toCapsule());
    const c10::AutoGradMode with_gradients(true);
    const at::Tensor x = saved.detach().requires_grad_(saved.requires_grad());
    torch::autograd::backward({holder->layer(x)}, {gradients[0]});  // adds to the weights' own
    return {x.grad(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

ActivationCheckpoints::ActivationCheckpoints(bool is_on) : before_(are_on) {
  are_on = is_on;
}

ActivationCheckpoints::~ActivationCheckpoints() {
  are_on = before_;
}

at::Tensor Checkpointed(const Layer& layer, const at::Tensor& x) {
  if (!are_on || !c10::GradMode::is_enabled()) return layer(x);
  const at::Tensor anchor = at::zeros({}, at::kFloat).requires_grad_();
  return CheckpointFunction::apply(x, anchor, layer);
}

}  // namespace libero
