#include "policy/jpeg.h"

#include <fmt/format.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it
#include <cstdlib>
#include <memory>
#include <string>

#include "sim/base/check.h"

namespace libero {
namespace {

// libjpeg tells its errors by a callback that must not return: it jumps back to where the work
// began. Nothing with a destructor lives on the way.
struct JumpingErrors {
  jpeg_error_mgr manager;  // first: libjpeg's pointer to it is a pointer to this
  std::jmp_buf target;
  char message[JMSG_LENGTH_MAX];
};

void JumpBack(j_common_ptr codec) {
  auto* const errors = reinterpret_cast<JumpingErrors*>(codec->err);
  errors->manager.format_message(codec, errors->message);
  std::longjmp(errors->target, 1);
}

jpeg_error_mgr* Prepare(JumpingErrors& errors) {
  jpeg_error_mgr* const manager = jpeg_std_error(&errors.manager);
  manager->error_exit = JumpBack;
  manager->emit_message = [](j_common_ptr, int) {
  };
  return manager;
}

[[noreturn]] void Fail(const char* what, const JumpingErrors& errors) {
  throw Error(fmt::format("cannot {} a JPEG image: {}", what, errors.message));
}

struct Free {
  void operator()(unsigned char* bytes) const { std::free(bytes); }
};

struct JpegFile {
  std::unique_ptr<unsigned char, Free> bytes;
  unsigned long size = 0;  // libjpeg's type
};

// Whether it went well. Holds only what may be jumped over.
bool TryEncode(const Image& image, int quality, unsigned char** bytes, unsigned long* size,
               JumpingErrors& errors) {
  jpeg_compress_struct codec{};
  codec.err = Prepare(errors);
  if (setjmp(errors.target) != 0) {
    jpeg_destroy_compress(&codec);
    return false;
  }
  jpeg_create_compress(&codec);
  jpeg_mem_dest(&codec, bytes, size);
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);  // 4:2:0, accurate DCT
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  const size_t stride = static_cast<size_t>(image.width) * 3;
  while (codec.next_scanline < codec.image_height) {
    auto* row = const_cast<JSAMPROW>(image.rgb.data() + codec.next_scanline * stride);
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return true;
}

bool TryDecode(const JpegFile& file, Image& image, JumpingErrors& errors) {
  jpeg_decompress_struct codec{};
  codec.err = Prepare(errors);
  if (setjmp(errors.target) != 0) {
    jpeg_destroy_decompress(&codec);
    return false;
  }
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, file.bytes.get(), file.size);
  jpeg_read_header(&codec, TRUE);
  codec.out_color_space = JCS_RGB;
  codec.dct_method = JDCT_IFAST;
  jpeg_start_decompress(&codec);
  const size_t stride = static_cast<size_t>(image.width) * 3;
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = image.rgb.data() + codec.output_scanline * stride;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return true;
}

}  // namespace

Image JpegRoundTrip(const Image& image, int quality) {
  LIBERO_CHECK(image.rgb.size() == static_cast<size_t>(image.width) * image.height * 3);
  JumpingErrors errors{};
  JpegFile file;
  unsigned char* bytes = nullptr;
  const bool is_encoded = TryEncode(image, quality, &bytes, &file.size, errors);
  file.bytes.reset(bytes);
  if (!is_encoded) Fail("write", errors);
  Image result = {image.width, image.height, std::vector<uint8_t>(image.rgb.size())};
  if (!TryDecode(file, result, errors)) Fail("read", errors);
  return result;
}

}  // namespace libero
