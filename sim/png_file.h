#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/observation.h"

namespace libero {

// The image as a PNG file's bytes, right side up: the image's last row comes first.
[[nodiscard]] std::string EncodePng(const Image& image);

// Writes it to a file. Throws Error if the file cannot be written; what was there before stays
// then.
void WritePng(const std::filesystem::path& path, const Image& image);

// Writes 16-bit grey values (height, width), the bottom row first, in the same way.
void WriteGrayPng(const std::filesystem::path& path, int width, int height,
                  const std::vector<uint16_t>& values);

}  // namespace libero
