#include "viewer/fonts.h"

// the files' bytes, LIBERO_FONT_FOLDER being where Debian's package fonts-roboto-unhinted has them
#define LIBERO_EMBED(symbol, file)                                  \
  __asm__(                                                          \
      ".section .rodata\n"                                          \
      ".balign 16\n"                                                \
      ".local " #symbol "\n" #symbol                                \
      ":\n"                                                         \
      ".incbin \"" LIBERO_FONT_FOLDER "/" file                      \
      "\"\n"                                                        \
      ".local " #symbol "_end\n" #symbol                            \
      "_end:\n"                                                     \
      ".byte 0\n"                                                   \
      ".previous\n");                                               \
  extern const char symbol[] __attribute__((visibility("hidden"))); \
  extern const char symbol##_end[] __attribute__((visibility("hidden")))

LIBERO_EMBED(libero_font_regular, "Roboto-Regular.ttf");
LIBERO_EMBED(libero_font_medium, "Roboto-Medium.ttf");

namespace libero {
namespace {

ImFont* Add(const char* begin, const char* end, float size) {
  // Latin, Greek (joint names), dashes and quotes, arrows, mathematical signs
  static constexpr ImWchar kRanges[] = {0x20,   0xFF,   0x370,  0x3FF,  0x2010, 0x2027, 0x2030,
                                        0x203A, 0x2190, 0x2193, 0x2200, 0x22FF, 0};
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.OversampleH = 2;
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(
      const_cast<char*>(begin), static_cast<int>(end - begin), size, &config, kRanges);
}

}  // namespace

Fonts AddFonts(float scale) {
  constexpr float kTitleSize = 21;
  return {Add(libero_font_regular, libero_font_regular_end, kTextHeight * scale),
          Add(libero_font_medium, libero_font_medium_end, kTextHeight * scale),
          Add(libero_font_medium, libero_font_medium_end, kTitleSize * scale)};
}

}  // namespace libero
