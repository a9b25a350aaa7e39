#include "sim/model_cache.h"

#include <fmt/format.h>
#include <sys/mman.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWriteHint =
    "free some disk space, or set LIBERO_CACHE to a folder that can be written";
constexpr std::string_view kMagic = "libero-scene 1";
constexpr size_t kMinPieceSize = 64 << 10;  // bytes; smaller parts are kept in the scene's own file

// The bytes of an MJB image, in huge pages where the system has them: first touching 200 MB of
// ordinary pages costs as much as reading them.
struct Image {
  std::unique_ptr<char, decltype(&std::free)> bytes{nullptr, &std::free};
  size_t size = 0;
};

Image MakeImage(size_t size) {
  constexpr size_t kHugePage = 2 << 20;
  const size_t capacity = (size + kHugePage - 1) / kHugePage * kHugePage;
  Image image{{static_cast<char*>(std::aligned_alloc(kHugePage, capacity)), &std::free}, size};
  if (!image.bytes) throw Error(fmt::format("out of memory for a model of {} MB", size >> 20));
  madvise(image.bytes.get(), capacity, MADV_HUGEPAGE);
  return image;
}

std::string Hash(const char* bytes, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits(bytes, size);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// Starts of an array's parts: `starts[i]` in units of `unit` bytes; negative: the part is empty.
struct CutRule {
  std::string_view array;
  const int* starts;
  int num_parts;
  size_t unit;
};

std::vector<CutRule> CutRules(const mjModel& m) {
  constexpr size_t kInt = sizeof(int);
  constexpr size_t kFloat = sizeof(float);
  constexpr size_t kNum = sizeof(mjtNum);
  return {
      {"mesh_vert", m.mesh_vertadr, m.nmesh, 3 * kFloat},
      {"mesh_normal", m.mesh_normaladr, m.nmesh, 3 * kFloat},
      {"mesh_texcoord", m.mesh_texcoordadr, m.nmesh, 2 * kFloat},
      {"mesh_face", m.mesh_faceadr, m.nmesh, 3 * kInt},
      {"mesh_facenormal", m.mesh_faceadr, m.nmesh, 3 * kInt},
      {"mesh_facetexcoord", m.mesh_faceadr, m.nmesh, 3 * kInt},
      {"mesh_graph", m.mesh_graphadr, m.nmesh, kInt},
      {"mesh_polynormal", m.mesh_polyadr, m.nmesh, 3 * kNum},
      {"mesh_polyvertadr", m.mesh_polyadr, m.nmesh, kInt},
      {"mesh_polyvertnum", m.mesh_polyadr, m.nmesh, kInt},
      {"mesh_polymapadr", m.mesh_vertadr, m.nmesh, kInt},
      {"mesh_polymapnum", m.mesh_vertadr, m.nmesh, kInt},
      {"bvh_child", m.mesh_bvhadr, m.nmesh, 2 * kInt},
      {"bvh_depth", m.mesh_bvhadr, m.nmesh, kInt},
      {"bvh_nodeid", m.mesh_bvhadr, m.nmesh, kInt},
      {"bvh_aabb", m.mesh_bvhadr, m.nmesh, 6 * kNum},
      {"tex_data", m.tex_adr, m.ntex, 1},
  };
}

bool ReadBytes(const fs::path& path, char* bytes, size_t size) {
  std::ifstream stream(path, std::ios::binary);
  return stream.read(bytes, static_cast<std::streamsize>(size)) &&
         stream.peek() == std::ifstream::traits_type::eof();
}

// Writes a piece unless the file is there and sound.
void StorePiece(const fs::path& path, std::string_view piece) {
  std::error_code error;
  if (fs::file_size(path, error) == piece.size() && !error) {
    const Image present = MakeImage(piece.size());
    if (ReadBytes(path, present.bytes.get(), present.size) &&
        std::memcmp(present.bytes.get(), piece.data(), piece.size()) == 0) {
      return;
    }
  }
  WriteFileAtomically(path, {piece}, kWriteHint);
}

// Lets MuJoCo read an image where it is, without a copy: a resource "libero-image:<address>".
void RegisterImages() {
  mjpResourceProvider provider;
  mjp_defaultResourceProvider(&provider);
  provider.prefix = "libero-image";
  provider.open = [](mjResource*) {
    return 1;
  };
  provider.read = [](mjResource* resource, const void** buffer) {
    const char* address = std::strchr(resource->name, ':') + 1;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the name is all that MuJoCo hands over
    const auto* image = reinterpret_cast<const Image*>(std::strtoull(address, nullptr, 16));
    *buffer = image->bytes.get();
    return static_cast<int>(image->size);
  };
  provider.close = [](mjResource*) {
  };
  mjp_registerResourceProvider(&provider);
}

MjModelPtr LoadImage(const Image& image) {
  static std::once_flag registered;
  std::call_once(registered, RegisterImages);
  const std::string name = fmt::format("libero-image:{:x}", reinterpret_cast<uintptr_t>(&image));
  return MjModelPtr(mj_loadModel(name.c_str(), nullptr));
}

// Puts an image together from its list of parts; returns what is wrong, or "".
std::string Assemble(const fs::path& folder, std::istream& list, Image& image) {
  std::string line;
  size_t size = 0;
  if (!std::getline(list, line) || line != kMagic || !(list >> size) || size > (size_t{1} << 40)) {
    return "unknown format";
  }
  image = MakeImage(size);
  size_t offset = 0;
  std::string kind;
  std::string hash;
  for (size_t part = 0; list >> kind >> hash >> part && kind != "end"; offset += part) {
    if (part > size - offset) return "its parts are larger than the model";
    char* bytes = image.bytes.get() + offset;
    if (kind == "piece") {
      if (!ReadBytes(folder / "pieces" / hash, bytes, part))
        return "piece " + hash + " is missing or cut";
    } else if (list.get(); !list.read(bytes, static_cast<std::streamsize>(part))) {
      return "the file is cut";
    }
    if (Hash(bytes, part) != hash) return "part " + hash + " is damaged";
  }
  return !list.fail() && kind == "end" && offset == size ? "" : "the file is cut";
}

}  // namespace

std::vector<size_t> CutPoints(const mjModel& model) {
  const auto image_size = static_cast<size_t>(mj_sizeModel(&model));
  const std::vector<ModelArray> arrays = ModelArrays(model);
  const std::vector<CutRule> rules = CutRules(model);
  size_t offset = image_size;  // the arrays are the end of the image
  for (const ModelArray& array : arrays) offset -= array.num_values * array.value_size;

  std::vector<size_t> cuts = {0, image_size};
  for (const ModelArray& array : arrays) {
    const auto rule = std::ranges::find(rules, array.name, &CutRule::array);
    const size_t array_size = array.num_values * array.value_size;
    if (rule != rules.end() && array_size >= kMinPieceSize) {
      cuts.push_back(offset);
      cuts.push_back(offset + array_size);
      for (int i = 0; i < rule->num_parts; ++i) {
        if (rule->starts[i] > 0)
          cuts.push_back(offset + static_cast<size_t>(rule->starts[i]) * rule->unit);
      }
    }
    offset += array_size;
  }
  std::ranges::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

MjModelPtr ModelCache::Load(const std::string& key, std::string& problem) const {
  problem.clear();
  std::ifstream list(folder_ / (key + ".scene"), std::ios::binary);
  if (!list) return nullptr;
  Image image;
  problem = Assemble(folder_, list, image);
  if (!problem.empty()) return nullptr;
  MjModelPtr model = LoadImage(image);
  if (!model) problem = "MuJoCo refuses it";
  return model;
}

void ModelCache::Store(const std::string& key, const mjModel& model) const {
  std::error_code error;
  fs::create_directories(folder_ / "pieces", error);
  const Image image = MakeImage(static_cast<size_t>(mj_sizeModel(&model)));
  mj_saveModel(&model, nullptr, image.bytes.get(), static_cast<int>(image.size));

  const std::vector<size_t> cuts = CutPoints(model);
  std::string list = fmt::format("{}\n{}\n", kMagic, image.size);
  for (size_t i = 0; i + 1 < cuts.size();) {
    // a large part by itself, or a run of small ones
    size_t last = i + 1;
    const auto is_piece = [&](size_t j) {
      return cuts[j + 1] - cuts[j] >= kMinPieceSize;
    };
    if (!is_piece(i)) {
      while (last + 1 < cuts.size() && !is_piece(last)) ++last;
    }
    const std::string_view part(image.bytes.get() + cuts[i], cuts[last] - cuts[i]);
    const std::string hash = Hash(part.data(), part.size());
    if (is_piece(i)) {
      StorePiece(folder_ / "pieces" / hash, part);
      list += fmt::format("piece {} {}\n", hash, part.size());
    } else {
      list += fmt::format("inline {} {}\n", hash, part.size());
      list.append(part).append("\n");
    }
    i = last;
  }
  WriteFileAtomically(folder_ / (key + ".scene"), {list, "end - 0\n"}, kWriteHint);
}

}  // namespace libero
