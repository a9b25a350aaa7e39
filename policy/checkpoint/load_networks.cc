#include "policy/checkpoint/load_networks.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/model_folder.h"
#include "policy/nn/initialize.h"
#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

// The file of a part; throws Error if the folder or file has none.
fs::path FindPart(const fs::path& path, ModelPart part) {
  for (const PartFile& file : FindParts(path)) {
    if (file.part == part) return file.path;
  }
  throw Error(fmt::format("{}: no {} in it", path.string(), PartName(part)),
              "see 'libero inspect-checkpoint'");
}

// Networks with values unset.
PolicyNetworks Allocate(const ModelConfig& config, at::Device device) {
  const at::TensorOptions options = at::TensorOptions(device).dtype(at::kFloat);
  const at::ScalarType wide_or_fast = device.is_cuda() ? at::kBFloat16 : at::kFloat;
  PolicyNetworks networks;
  networks.config = config;
  networks.vla = std::make_unique<UniVla>(config.vla, options.dtype(wide_or_fast));
  networks.decoder = std::make_unique<ActionDecoder>(config.action_decoder, options);
  return networks;
}

}  // namespace

PolicyNetworks LoadPolicyNetworks(const fs::path& folder, at::Device device) {
  ModelConfig config = ReadConfigFile(folder / "config.json");
  const TensorStore vla(FindPart(folder, ModelPart::kVla));
  const TensorStore decoder(FindPart(folder, ModelPart::kActionDecoder));
  AdoptSizes(ModelPart::kActionDecoder, decoder, &config);
  PolicyNetworks networks = Allocate(config, device);
  LoadWeights(networks.vla.get(), vla, ModelPart::kVla);
  LoadWeights(networks.decoder.get(), decoder, ModelPart::kActionDecoder);
  return networks;
}

PolicyNetworks MakePolicyNetworks(const ModelConfig& config, at::Device device, uint64_t seed) {
  PolicyNetworks networks = Allocate(config, device);
  InitializeWeights(networks.vla.get(), seed);
  InitializeWeights(networks.decoder.get(), seed);
  return networks;
}

std::unique_ptr<LatentActionModel> LoadLatentActionModel(const fs::path& path, ModelConfig config,
                                                         at::Device device) {
  const TensorStore store(FindPart(path, ModelPart::kLatentActionModel));
  AdoptSizes(ModelPart::kLatentActionModel, store, &config);
  auto model = std::make_unique<LatentActionModel>(config.latent_action_model,
                                                   at::TensorOptions(device).dtype(at::kFloat));
  LoadWeights(model.get(), store, ModelPart::kLatentActionModel);
  return model;
}

}  // namespace libero
