#include "sim/video/text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb/stb_truetype.h>

#include "sim/base/check.h"

// the file's bytes, LIBERO_FONT_FOLDER being where Debian's package fonts-roboto-unhinted has it
__asm__(
    ".section .rodata\n"
    ".balign 16\n"
    ".local libero_video_font\nlibero_video_font:\n"
    ".incbin \"" LIBERO_FONT_FOLDER
    "/Roboto-Regular.ttf\"\n"
    ".byte 0\n"
    ".previous\n");
extern const unsigned char libero_video_font[] __attribute__((visibility("hidden")));

namespace libero {
namespace {

// The font at a size. Making one takes some µs.
class Font {
 public:
  explicit Font(double size) {
    LIBERO_CHECK(stbtt_InitFont(&info_, libero_video_font, 0) != 0);
    scale_ = stbtt_ScaleForPixelHeight(&info_, static_cast<float>(size));
    int descent = 0;
    int line_gap = 0;
    stbtt_GetFontVMetrics(&info_, &ascent_, &descent, &line_gap);
  }

  [[nodiscard]] const stbtt_fontinfo& info() const { return info_; }
  [[nodiscard]] float scale() const { return scale_; }
  [[nodiscard]] double ascent() const { return scale_ * static_cast<float>(ascent_); }

  // How far the next letter is from this one.
  [[nodiscard]] double Advance(int code, int next) const {
    int advance = 0;
    int bearing = 0;
    stbtt_GetCodepointHMetrics(&info_, code, &advance, &bearing);
    const int kerning = next == 0 ? 0 : stbtt_GetCodepointKernAdvance(&info_, code, next);
    return scale_ * static_cast<float>(advance + kerning);
  }

 private:
  stbtt_fontinfo info_{};
  float scale_ = 0;
  int ascent_ = 0;
};

// Code points of UTF-8; what is malformed becomes U+FFFD.
std::vector<int> CodePoints(std::string_view text) {
  std::vector<int> codes;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    size_t num_more = 0;
    if (first >= 0xC0) num_more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    int code = num_more == 0 ? first : first & (0x3F >> num_more);
    bool is_good = first < 0x80 || num_more > 0;
    for (; num_more > 0 && is_good; --num_more) {
      is_good = i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
      if (is_good) code = (code << 6) | (static_cast<unsigned char>(text[i++]) & 0x3F);
    }
    codes.push_back(is_good ? code : 0xFFFD);
  }
  return codes;
}

// Blends a letter's coverage into the picture.
void Blend(Canvas& canvas, int left, int top, int width, int height, const unsigned char* coverage,
           const Rgb& color) {
  for (int row = std::max(0, -top); row < std::min(height, canvas.height - top); ++row) {
    for (int column = std::max(0, -left); column < std::min(width, canvas.width - left); ++column) {
      const int part = coverage[row * width + column];
      uint8_t* pixel =
          &canvas.rgb[3 * (static_cast<size_t>(top + row) * static_cast<size_t>(canvas.width) +
                           static_cast<size_t>(left + column))];
      for (size_t i = 0; i < 3; ++i) {
        pixel[i] = static_cast<uint8_t>((pixel[i] * (255 - part) + color[i] * part + 127) / 255);
      }
    }
  }
}

}  // namespace

int TextWidth(const std::string& text, double size) {
  const Font font(size);
  const std::vector<int> codes = CodePoints(text);
  double width = 0;
  for (size_t i = 0; i < codes.size(); ++i) {
    width += font.Advance(codes[i], i + 1 < codes.size() ? codes[i + 1] : 0);
  }
  return static_cast<int>(std::ceil(width));
}

void DrawText(Canvas& canvas, int x, int y, const std::string& text, double size,
              const Rgb& color) {
  const Font font(size);
  const std::vector<int> codes = CodePoints(text);
  double pen = x;
  const int baseline = y + static_cast<int>(std::lround(font.ascent()));
  for (size_t i = 0; i < codes.size(); ++i) {
    const double whole = std::floor(pen);
    int width = 0;
    int height = 0;
    int left = 0;
    int top = 0;
    unsigned char* const coverage = stbtt_GetCodepointBitmapSubpixel(
        &font.info(), font.scale(), font.scale(), static_cast<float>(pen - whole), 0, codes[i],
        &width, &height, &left, &top);
    if (coverage != nullptr) {
      Blend(canvas, static_cast<int>(whole) + left, baseline + top, width, height, coverage, color);
      stbtt_FreeBitmap(coverage, nullptr);
    }
    pen += font.Advance(codes[i], i + 1 < codes.size() ? codes[i + 1] : 0);
  }
}

}  // namespace libero
