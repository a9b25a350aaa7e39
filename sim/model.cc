#include "sim/model.h"

#include <fmt/format.h>

#include <mujoco/mjxmacro.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <fstream>

#include "sim/assets.h"
#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/virtual_files.h"

namespace libero {
namespace {

constexpr int kPinnedVersion = 332;

// A hash that takes the bytes in pieces.
class Hasher {
 public:
  Hasher() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }
  void Add(const void* data, size_t size) { XXH3_128bits_update(state_.get(), data, size); }
  [[nodiscard]] std::string Hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

void AddFile(const std::filesystem::path& path, Hasher& hasher) {
  std::ifstream stream(path, std::ios::binary);
  std::vector<char> block(1 << 20);
  while (stream) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    hasher.Add(block.data(), static_cast<size_t>(stream.gcount()));
  }
  if (!stream.eof()) {
    throw Error(fmt::format("cannot read the asset {}", path.string()),
                "run './libero doctor' to check the assets");
  }
}

template <typename T>
constexpr ModelArray::Type ValueType() {
  if constexpr (std::is_same_v<T, double>) return ModelArray::Type::kDouble;
  if constexpr (std::is_same_v<T, float>) return ModelArray::Type::kFloat;
  if constexpr (std::is_same_v<T, int>) return ModelArray::Type::kInt;
  return ModelArray::Type::kByte;
}

}  // namespace

void RequireMujocoVersion(int version) {
  if (version == kPinnedVersion) return;
  const auto name = [](int v) {
    const int step = v >= 1'000'000 ? 1000 : 10;  // newer versions have three digits a part
    return fmt::format("{}.{}.{}", v / (step * step), v / step % step, v % step);
  };
  throw Error(
      fmt::format("MuJoCo: expected version {}, got {}; other versions simulate and draw LIBERO "
                  "differently (objects tip over, colours change), so that success rates are "
                  "not comparable",
                  name(kPinnedVersion), name(version)),
      "remove other MuJoCo libraries from LD_LIBRARY_PATH, or run './libero build' again");
}

void LogMujocoWarnings() {
  mju_user_warning = [](const char* message) {
    LogWarning("mujoco", message);
  };
}

MjModelPtr CompileModel(const std::filesystem::path& data_root, const SceneMjcf& scene) {
  RequireMujocoVersion();
  VirtualFiles files;
  const std::string name = (data_root / "scene.xml").string();
  files.Add(name, scene.text);
  for (const std::string& file : scene.asset_files) {
    if (IsPacked(data_root, file)) files.Add(file, ReadAsset(data_root, file));
  }
  std::array<char, 1024> message{};
  MjModelPtr model(mj_loadXML(name.c_str(), files.get(), message.data(), message.size()));
  if (!model) {
    throw Error(fmt::format("MuJoCo cannot compile the scene: {}", message.data()),
                "run './libero doctor' to check the assets");
  }
  return model;
}

std::string SceneKey(const std::filesystem::path& data_root, const SceneMjcf& scene) {
  Hasher hasher;
  const int version = mj_version();
  hasher.Add(&version, sizeof(version));
  hasher.Add(scene.text.data(), scene.text.size());
  for (const std::string& file : scene.asset_files) AddFile(AssetPath(data_root, file), hasher);
  return hasher.Hex();
}

std::vector<ModelArray> ModelArrays(const mjModel& model) {
  std::vector<ModelArray> arrays;
  const mjModel* m = &model;
  MJMODEL_POINTERS_PREAMBLE(m)
#define X(type, name, nr, nc)                                                             \
  arrays.push_back({#name, m->name, static_cast<size_t>(m->nr) * static_cast<size_t>(nc), \
                    sizeof(type), ValueType<type>()});
  MJMODEL_POINTERS
#undef X
  return arrays;
}

std::vector<std::pair<const char*, int64_t>> ModelSizes(const mjModel& model) {
  std::vector<std::pair<const char*, int64_t>> sizes;
#define X(name) sizes.emplace_back(#name, static_cast<int64_t>(model.name));
  MJMODEL_INTS
#undef X
  return sizes;
}

}  // namespace libero
