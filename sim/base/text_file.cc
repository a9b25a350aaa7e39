#include "sim/base/text_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "sim/base/check.h"
#include "sim/base/pickle_value.h"

#include <nlohmann/json.hpp>

namespace libero {

std::string ReadTextFile(const std::filesystem::path& path, const std::string& hint) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad() || std::filesystem::is_directory(path)) {
    const int error = errno == 0 ? EIO : errno;
    throw Error(
        fmt::format("cannot read {}: {}", path.string(), std::generic_category().message(error)),
        hint);
  }
  return text;
}

nlohmann::json ReadJsonFile(const std::filesystem::path& path, const std::string& hint) {
  const std::string text = ReadTextFile(path, hint);
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error(fmt::format("{}: not JSON, byte {}: {}", path.string(), error.byte,
                            PrintableText(error.what())),
                hint);
  }
}

nlohmann::json ReadJsonObject(const std::filesystem::path& path, const std::string& hint) {
  nlohmann::json value = ReadJsonFile(path, hint);
  if (!value.is_object()) {
    throw Error(fmt::format("{}: expected a JSON object, got {}", path.string(), value.type_name()),
                hint);
  }
  return value;
}

}  // namespace libero
