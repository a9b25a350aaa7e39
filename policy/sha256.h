#pragma once

#include <filesystem>
#include <string>

namespace libero {

// SHA-256 of a file's bytes: 64 hexadecimal digits, as sha256sum prints and model hubs list. Throws
// Error if it cannot be read. Some 1.5 GB/s on CPUs with instructions for it, else 0.3.
[[nodiscard]] std::string Sha256OfFile(const std::filesystem::path& path);

}  // namespace libero
