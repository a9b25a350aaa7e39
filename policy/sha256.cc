#include "policy/sha256.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nettle/sha2.h>

#include <array>

#include "sim/base/zip_reader.h"

namespace libero {

std::string Sha256OfFile(const std::filesystem::path& path) {
  const MappedFile file(path.string());
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, file.bytes().size(),
                reinterpret_cast<const uint8_t*>(file.bytes().data()));
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace libero
