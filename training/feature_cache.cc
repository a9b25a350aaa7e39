#include "training/feature_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/safetensors.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "sim/base/log.h"
#include "training/pictures.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

// 32 hexadecimal digits of a text.
std::string Digest(const std::string& text) {
  CounterRandom random(text);
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += fmt::format("{:08x}", random.Bits());
  return digits;
}

}  // namespace

at::Tensor Cached(const std::optional<fs::path>& folder, const std::string& name,
                  const std::string& key, const std::function<at::Tensor()>& compute) {
  if (!folder) return compute();
  const fs::path path = *folder / fmt::format("{}-{}.safetensors", name, Digest(key));
  if (fs::exists(path)) {
    try {
      const SafetensorsFile file(path.string());
      if (file.tensors().size() == 1) return ViewOf(file.tensors()[0]).clone();
    } catch (const Error& error) {
      LogWarning("training", fmt::format("{}; computing it again", error.what()));
    }
  }
  const at::Tensor result = compute().contiguous();
  fs::create_directories(*folder);
  WriteSafetensors(path, {ToWrite(name, result, result.scalar_type())});
  return result;
}

std::string HashOf(Module* module) {
  std::string text;
  for (const NamedTensor& parameter : module->parameters()) {
    const at::Tensor bytes =
        parameter.tensor->detach().to(at::kCPU).contiguous().view({-1}).view(at::kByte);
    text += Digest({reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>()),
                    static_cast<size_t>(bytes.numel())});
  }
  return Digest(text);
}

at::Tensor ImageFeatures(LatentActionModel* model, const TrainingSet& data,
                         const std::optional<fs::path>& folder, std::ostream& log) {
  const std::string key = data.key + HashOf(&model->backbone());
  return Cached(folder, "features", key, [&] {
    log << fmt::format("computing the features of {} pictures\n", data.num_rows()) << std::flush;
    const LamConfig& config = model->config();
    const at::Tensor result =
        at::empty({data.num_rows(), config.num_features(), config.features.dim}, at::kHalf);
    const at::Device device = model->parameters()[0].tensor->device();
    constexpr int64_t kBatch = 64;
    for (int64_t first = 0; first < data.num_rows(); first += kBatch) {
      const int64_t count = std::min(kBatch, data.num_rows() - first);
      const at::Tensor frames = CentredPictures(data, first, count).to(device).to(at::kFloat) / 255;
      result.narrow(0, first, count).copy_(model->Features(frames));
    }
    return result;
  });
}

}  // namespace libero
