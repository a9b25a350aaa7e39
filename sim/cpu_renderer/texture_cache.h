#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sim/cpu_renderer/texture.h"

namespace libero {

// Makes textures, each once, however many scenes show it, and keeps them on disk, so that the next
// start maps a file instead of halving pictures, and processes share its memory. Thread-safe;
// threads that want the same texture wait for the first of them, others do not.
//
// A texture's file is <folder>/<XXH3-128 of its source>.texture: a header and the levels as they
// are used. It is written under another name and renamed, so that several processes may share the
// folder; its checksum is verified each time it is mapped.
class TextureCache {
 public:
  // Without a folder nothing is kept on disk. The folder is created when it is needed, and is only
  // a help: what goes wrong with it is logged as a warning once, and textures are made in memory.
  // Of damaged files each is named, and replaced.
  explicit TextureCache(std::optional<std::filesystem::path> folder);

  // The texture of these texels, which are not needed any more afterwards. It lives as long as
  // somebody holds it. Throws Error if the source cannot be drawn; see LayOutMipChain.
  [[nodiscard]] std::shared_ptr<const Texture> Get(const TextureSource& source);

 private:
  struct Entry {
    std::weak_ptr<const Texture> texture;
    bool is_being_made = false;
  };

  std::shared_ptr<const Texture> Make(const TextureSource& source, const Texture& layout,
                                      const std::string& key);
  bool StoreFile(const std::filesystem::path& path, const Texture& texture);

  std::optional<std::filesystem::path> folder_;
  std::mutex mutex_;
  std::condition_variable made_;
  std::map<std::string, Entry> textures_;  // by content
  bool has_warned_ = false;
};

}  // namespace libero
