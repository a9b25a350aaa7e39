#include "sim/base/atomic_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "sim/base/check.h"

namespace libero {

void WriteFileAtomically(const std::filesystem::path& path,
                         std::initializer_list<std::string_view> parts, const std::string& hint) {
  const std::filesystem::path temporary = fmt::format("{}.{}.tmp", path.string(), getpid());
  std::ofstream stream(temporary, std::ios::binary);
  for (const std::string_view part : parts) {
    stream.write(part.data(), static_cast<std::streamsize>(part.size()));
  }
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(temporary, path, error);
  if (!stream || error) {
    std::filesystem::remove(temporary, error);
    throw Error(fmt::format("cannot write {}", path.string()), hint);
  }
}

}  // namespace libero
