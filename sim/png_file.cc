#include "sim/png_file.h"

#include <fmt/format.h>
#include <png.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

namespace libero {

std::string EncodePng(const Image& image) {
  constexpr int kTo8Bit = 0;
  const size_t num_bytes = 3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  LIBERO_CHECK(image.width > 0 && image.height > 0 && image.rgb.size() == num_bytes);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  const int row_stride = -3 * image.width;  // negative: the first row is the bottom one

  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&png, bytes.data(), &size, kTo8Bit, image.rgb.data(), row_stride,
                                nullptr) == 0) {
    throw Error(fmt::format("cannot make a PNG of {}×{} pixels: {}", image.width, image.height,
                            static_cast<const char*>(png.message)));
  }
  bytes.resize(size);
  return bytes;
}

void WritePng(const std::filesystem::path& path, const Image& image) {
  WriteFileAtomically(path, {EncodePng(image)}, "check that the folder exists and can be written");
}

}  // namespace libero
