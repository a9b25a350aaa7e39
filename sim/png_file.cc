#include "sim/png_file.h"

#include <fmt/format.h>
#include <png.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"

namespace libero {
namespace {

// The PNG of pixels whose row 0 is the bottom one, in a format of libpng's.
std::string Encode(int width, int height, png_uint_32 format, const void* pixels) {
  constexpr int kTo8Bit = 0;
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(height);
  png.format = format;
  // negative: the first row is the bottom one
  const int row_stride = -static_cast<int>(PNG_IMAGE_ROW_STRIDE(png));

  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&png, bytes.data(), &size, kTo8Bit, pixels, row_stride, nullptr) ==
      0) {
    throw Error(fmt::format("cannot make a PNG of {}×{} pixels: {}", width, height,
                            static_cast<const char*>(png.message)));
  }
  bytes.resize(size);
  return bytes;
}

void Write(const std::filesystem::path& path, const std::string& png) {
  WriteFileAtomically(path, {png}, "check that the folder exists and can be written");
}

bool HasSize(int width, int height, size_t num_values) {
  return width > 0 && height > 0 &&
         num_values == static_cast<size_t>(width) * static_cast<size_t>(height);
}

}  // namespace

std::string EncodePng(const Image& image) {
  LIBERO_CHECK(image.rgb.size() % 3 == 0 &&
               HasSize(image.width, image.height, image.rgb.size() / 3));
  return Encode(image.width, image.height, PNG_FORMAT_RGB, image.rgb.data());
}

void WritePng(const std::filesystem::path& path, const Image& image) {
  Write(path, EncodePng(image));
}

void WriteGrayPng(const std::filesystem::path& path, int width, int height,
                  const std::vector<uint16_t>& values) {
  LIBERO_CHECK(HasSize(width, height, values.size()));
  Write(path, Encode(width, height, PNG_FORMAT_LINEAR_Y, values.data()));
}

}  // namespace libero
