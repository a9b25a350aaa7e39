#include "sim/assets.h"

#include <fmt/format.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <zstd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "sim/base/check.h"
#include "sim/virtual_files.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

constexpr int kZstdLevel = 19;
constexpr int kWebpLossless = 6;  // 0 fast … 9 small

// 8-bit RGB, rows from the top.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> texels;  // (height, width, 3)
};

std::string ReadFile(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) {
    throw Error(fmt::format("cannot read {}", path.string()),
                "run './libero doctor' to check the assets");
  }
  return std::move(bytes).str();
}

void WriteFile(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw Error(fmt::format("cannot write {}", path.string()), "is the disk full?");
}

[[noreturn]] void Damaged(const fs::path& path, const std::string& reason) {
  throw Error(fmt::format("{}: damaged: {}", path.string(), reason), "export the folder again");
}

RgbImage DecodePng(const std::string& bytes, const fs::path& path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    Damaged(path, png.message);
  }
  // colours as they are, whatever the alpha: libpng would blend them with a background
  png.format = PNG_FORMAT_RGBA;
  std::vector<uint8_t> rgba(PNG_IMAGE_SIZE(png));
  if (png_image_finish_read(&png, nullptr, rgba.data(), 0, nullptr) == 0)
    Damaged(path, png.message);
  RgbImage image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  image.texels.reserve(rgba.size() / 4 * 3);
  for (size_t i = 0; i < rgba.size(); i += 4) {
    image.texels.insert(image.texels.end(), {rgba[i], rgba[i + 1], rgba[i + 2]});
  }
  return image;
}

// Whether MuJoCo makes the same texture of both PNG files. It ignores what an image says about its
// gamma, which libpng does not.
bool SameTexture(const std::string& png, const std::string& other_png) {
  VirtualFiles files;
  files.Add("a.png", png);
  files.Add("b.png", other_png);
  files.Add("textures.xml", R"(<mujoco><asset><texture name="a" type="2d" file="a.png"/>
      <texture name="b" type="2d" file="b.png"/></asset></mujoco>)");
  const std::unique_ptr<mjModel, decltype(&mj_deleteModel)> model(
      mj_loadXML("textures.xml", files.get(), nullptr, 0), &mj_deleteModel);
  const auto size = model ? static_cast<size_t>(model->tex_adr[1]) : 0;
  return size > 0 && model->ntexdata == static_cast<int>(2 * size) &&
         model->tex_width[0] == model->tex_width[1] &&
         std::memcmp(model->tex_data, model->tex_data + size, size) == 0;
}

// An uncompressed PNG: MuJoCo reads no other image format.
std::string EncodePng(const RgbImage& image) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  LIBERO_CHECK(png != nullptr && info != nullptr);
  png_set_write_fn(
      png, &bytes,
      [](png_structp writer, png_bytep data, size_t size) {
        static_cast<std::string*>(png_get_io_ptr(writer))
            ->append(reinterpret_cast<const char*>(data), size);
      },
      nullptr);
  png_set_compression_level(png, 0);
  png_set_filter(png, 0, PNG_FILTER_NONE);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (size_t row = 0; row < static_cast<size_t>(image.height); ++row) {
    png_write_row(png, image.texels.data() + row * 3 * static_cast<size_t>(image.width));
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string EncodeWebp(const RgbImage& image) {
  WebPConfig config;
  WebPPicture picture;
  LIBERO_CHECK(WebPConfigInit(&config) != 0 && WebPPictureInit(&picture) != 0);
  WebPConfigLosslessPreset(&config, kWebpLossless);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.use_argb = 1;
  picture.width = image.width;
  picture.height = image.height;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const bool encoded = WebPPictureImportRGB(&picture, image.texels.data(), 3 * image.width) != 0 &&
                       WebPEncode(&config, &picture) != 0;
  WebPPictureFree(&picture);
  std::string bytes(reinterpret_cast<const char*>(writer.mem), encoded ? writer.size : 0);
  WebPMemoryWriterClear(&writer);
  if (!encoded) throw Error("cannot encode an image", "is there enough memory?");
  return bytes;
}

RgbImage DecodeWebp(const std::string& bytes, const fs::path& path) {
  RgbImage image;
  const std::unique_ptr<uint8_t, decltype(&WebPFree)> rgb(
      WebPDecodeRGB(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), &image.width,
                    &image.height),
      &WebPFree);
  if (!rgb) Damaged(path, "not a WebP image, or cut");
  image.texels.assign(rgb.get(), rgb.get() + size_t{3} * static_cast<size_t>(image.width) *
                                                 static_cast<size_t>(image.height));
  return image;
}

std::string Compress(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kZstdLevel);
  LIBERO_CHECK(ZSTD_isError(size) == 0);
  packed.resize(size);
  return packed;
}

std::string Decompress(const std::string& packed, const fs::path& path) {
  constexpr unsigned long long kMaxSize = 1ULL << 32;
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kMaxSize) {
    Damaged(path, "no zstd frame with a size");
  }
  std::string bytes(size, '\0');
  const size_t result = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(result) != 0 || result != size) {
    Damaged(path, ZSTD_isError(result) != 0 ? ZSTD_getErrorName(result) : "cut");
  }
  return bytes;
}

}  // namespace

fs::path AssetPath(const fs::path& data_root, const std::string& file) {
  fs::path path = data_root / file;
  if (fs::exists(path)) return path;
  for (const char* suffix : {".webp", ".zst"}) {
    if (fs::path packed = path.string() + suffix; fs::exists(packed)) return packed;
  }
  return path;
}

bool IsPacked(const fs::path& data_root, const std::string& file) {
  return AssetPath(data_root, file) != data_root / file;
}

std::string ReadAsset(const fs::path& data_root, const std::string& file) {
  const fs::path path = AssetPath(data_root, file);
  std::string bytes = ReadFile(path);
  if (path == data_root / file) return bytes;
  if (path.extension() == ".zst") return Decompress(bytes, path);
  return EncodePng(DecodeWebp(bytes, path));
}

size_t PackAsset(const fs::path& data_root, const std::string& file, const fs::path& packed_root) {
  const std::string bytes = ReadAsset(data_root, file);
  std::string packed = Compress(bytes);
  const char* suffix = ".zst";
  if (fs::path(file).extension() == ".png") {
    const RgbImage texels = DecodePng(bytes, data_root / file);
    std::string image = EncodeWebp(texels);
    if (image.size() < packed.size() && SameTexture(bytes, EncodePng(texels))) {
      packed = std::move(image);
      suffix = ".webp";
    }
  }
  WriteFile(packed_root / (file + suffix), packed);
  return packed.size();
}

}  // namespace libero
