#include "training/latent_labels.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "sim/base/check.h"
#include "training/lam_stage.h"

namespace libero {
namespace {

int64_t NumLabels(const TrainingSet& data) {
  return data.num_rows() + LatentLabels::kStepsBefore * static_cast<int64_t>(data.demos.size());
}

}  // namespace

LatentLabels::LatentLabels(const LatentActionModel& model, const TrainingSet& data,
                           const at::Tensor& features)
    : data_(&data) {
  const c10::NoGradGuard no_grad;
  std::vector<int64_t> firsts;
  std::vector<int64_t> seconds;
  for (const TrainingDemo& demo : data.demos) {
    const int64_t last = demo.count - 1;
    for (int64_t t = -kStepsBefore; t < demo.count; ++t) {
      firsts.push_back(demo.first + std::clamp<int64_t>(t, 0, last));
      seconds.push_back(demo.first + std::clamp<int64_t>(t + kLatentActionSteps, 0, last));
    }
  }
  const at::Tensor first_rows = at::tensor(firsts, at::kLong);
  const at::Tensor second_rows = at::tensor(seconds, at::kLong);
  codes_ = at::empty({NumLabels(data), kNumActTokens}, at::kByte);
  constexpr int64_t kBatch = 256;
  for (int64_t first = 0; first < codes_.size(0); first += kBatch) {
    const int64_t count = std::min(kBatch, codes_.size(0) - first);
    const auto take = [&](const at::Tensor& rows) {
      return features.index_select(0, rows.narrow(0, first, count));
    };
    const at::Tensor pairs = at::stack({take(first_rows), take(second_rows)}, 1).to(at::kFloat);
    codes_.narrow(0, first, count).copy_(model.Label(pairs, {}));
  }
}

LatentLabels::LatentLabels(const TrainingSet& data, const at::Tensor& codes)
    : data_(&data), codes_(codes) {
  LIBERO_CHECK(codes.size(0) == NumLabels(data));
}

std::array<int, kNumActTokens> LatentLabels::At(size_t demo, const RowPair& pair) const {
  const int64_t step = pair.first == 0 ? pair.second - kLatentActionSteps : pair.first;
  LIBERO_CHECK(step >= -kStepsBefore);
  const int64_t place =
      data_->demos[demo].first + kStepsBefore * static_cast<int64_t>(demo + 1) + step;
  std::array<int, kNumActTokens> codes{};
  const uint8_t* const values = codes_.const_data_ptr<uint8_t>() + place * kNumActTokens;
  std::copy_n(values, kNumActTokens, codes.begin());
  return codes;
}

}  // namespace libero
