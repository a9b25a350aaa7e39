#include "sim/cpu_renderer/texture_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/log.h"
#include "sim/cpu_renderer/mip_chain.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kFormatVersion = 1;  // to be raised when other texels come from the same source
constexpr const char* kWriteHint =
    "free some disk space, or set LIBERO_CACHE to a folder that can be written";

// The start of a texture's file; the levels follow as they are laid out.
struct FileHeader {
  char magic[16] = "libero-texture";
  uint32_t version = kFormatVersion;
  int32_t width = 0, height = 0, num_faces = 0, first_level = 0, num_levels = 0;
  uint64_t num_texels = 0;
  uint64_t checksum = 0;  // XXH3-64 of the texels
  uint64_t reserved = 0;

  bool operator==(const FileHeader&) const = default;
};
static_assert(sizeof(FileHeader) == 64 && std::has_unique_object_representations_v<FileHeader>);

FileHeader MakeHeader(const Texture& layout, std::span<const uint32_t> texels) {
  return {.width = layout.width,
          .height = layout.height,
          .num_faces = layout.num_faces,
          .first_level = layout.first_level,
          .num_levels = layout.num_levels,
          .num_texels = texels.size(),
          .checksum = XXH3_64bits(texels.data(), texels.size_bytes())};
}

std::span<const uint32_t> Texels(const Texture& texture) {
  return {texture.levels[0].texels, MipChainTexels(texture)};
}

std::string Key(const TextureSource& source) {
  const int64_t shape[] = {kFormatVersion,      kWidestMipLevel,  source.width,       source.height,
                           source.num_channels, source.num_faces, source.repeats_face};
  const size_t num_bytes = static_cast<size_t>(source.width) * static_cast<size_t>(source.height) *
                           static_cast<size_t>(source.num_channels) *
                           static_cast<size_t>(source.repeats_face ? 1 : source.num_faces);
  const uint64_t seed = XXH3_64bits(shape, sizeof(shape));
  const XXH128_hash_t hash = XXH3_128bits_withSeed(source.texels, num_bytes, seed);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

// A file's bytes, which all processes share; null if there is none or it cannot be mapped.
struct MappedFile {
  std::shared_ptr<const void> bytes;
  size_t size = 0;
};

MappedFile MapFile(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status = {};
  MappedFile mapped;
  if (fstat(file, &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<size_t>(status.st_size);
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (bytes != MAP_FAILED) {
      mapped.bytes = {bytes, [size](const void* address) {
                        munmap(const_cast<void*>(address), size);
                      }};
      mapped.size = size;
    }
  }
  close(file);
  return mapped;
}

std::shared_ptr<uint32_t> AllocateTexels(size_t count) {
  constexpr std::align_val_t kAlignment{64};
  return {static_cast<uint32_t*>(::operator new(count * sizeof(uint32_t), kAlignment)),
          [](uint32_t* texels) {
            ::operator delete(texels, kAlignment);
          }};
}

std::shared_ptr<const Texture> Place(const Texture& layout, const uint32_t* texels,
                                     std::shared_ptr<const void> storage) {
  auto texture = std::make_shared<Texture>(layout);
  PlaceMipChain(*texture, texels);
  texture->storage = std::move(storage);
  return texture;
}

// The texture of a file, or null; a file that is damaged is named.
std::shared_ptr<const Texture> LoadFile(const fs::path& path, const Texture& layout) {
  const MappedFile file = MapFile(path);
  if (!file.bytes) return nullptr;
  const char* bytes = static_cast<const char*>(file.bytes.get());
  const size_t count = MipChainTexels(layout);
  if (file.size == sizeof(FileHeader) + count * sizeof(uint32_t)) {
    // mapped pages are aligned, and so is what follows 64 bytes
    const auto* texels = reinterpret_cast<const uint32_t*>(bytes + sizeof(FileHeader));
    FileHeader header;
    std::memcpy(&header, bytes, sizeof(header));
    if (header == MakeHeader(layout, {texels, count})) return Place(layout, texels, file.bytes);
  }
  LogWarning("sim", fmt::format("the texture {} is damaged, and made again", path.string()));
  return nullptr;
}

}  // namespace

TextureCache::TextureCache(std::optional<fs::path> folder) : folder_(std::move(folder)) {}

std::shared_ptr<const Texture> TextureCache::Get(const TextureSource& source) {
  const Texture layout = LayOutMipChain(source);  // refuses what Key() could not read
  const std::string key = Key(source);

  // ours, or that of whoever makes it now
  std::unique_lock lock(mutex_);
  made_.wait(lock, [&] { return !textures_[key].is_being_made; });
  if (auto texture = textures_[key].texture.lock()) return texture;
  std::erase_if(textures_, [](const auto& entry) {
    return entry.second.texture.expired() && !entry.second.is_being_made;
  });
  textures_[key].is_being_made = true;
  lock.unlock();

  std::shared_ptr<const Texture> texture;
  try {
    texture = Make(source, layout, key);
  } catch (...) {
    lock.lock();
    textures_.erase(key);
    made_.notify_all();
    throw;
  }
  lock.lock();
  textures_[key] = {texture, false};
  made_.notify_all();
  return texture;
}

std::shared_ptr<const Texture> TextureCache::Make(const TextureSource& source,
                                                  const Texture& layout, const std::string& key) {
  const fs::path path = folder_ ? *folder_ / (key + ".texture") : fs::path();
  if (folder_) {
    if (auto texture = LoadFile(path, layout)) return texture;
  }
  const size_t count = MipChainTexels(layout);
  const std::shared_ptr<uint32_t> texels = AllocateTexels(count);
  FillMipChain(source, layout, {texels.get(), count});
  const std::shared_ptr<const Texture> texture = Place(layout, texels.get(), texels);
  if (!folder_ || !StoreFile(path, *texture)) return texture;

  // the mapped file instead, which other processes share
  auto mapped = LoadFile(path, layout);
  return mapped ? mapped : texture;
}

bool TextureCache::StoreFile(const fs::path& path, const Texture& texture) {
  const std::span<const uint32_t> texels = Texels(texture);
  const FileHeader header = MakeHeader(texture, texels);
  try {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);  // WriteFileAtomically tells if it failed
    WriteFileAtomically(path,
                        {{reinterpret_cast<const char*>(&header), sizeof(header)},
                         {reinterpret_cast<const char*>(texels.data()), texels.size_bytes()}},
                        kWriteHint);
    return true;
  } catch (const Error& problem) {
    const std::lock_guard lock(mutex_);
    if (!has_warned_) LogWarning("sim", fmt::format("textures are not kept: {}", problem.what()));
    has_warned_ = true;
    return false;
  }
}

}  // namespace libero
