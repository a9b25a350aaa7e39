#pragma once

#include <string>

#include "sim/video/canvas.h"

// Letters in pictures, of the font Roboto.
namespace libero {

// How wide a line of text is, pixels; letters are `size` pixels high from the highest to the lowest
// part of any. Text is UTF-8; what the font lacks is drawn as a box.
[[nodiscard]] int TextWidth(const std::string& text, double size);

// Draws a line of text whose top left corner is at (x, y). What is beyond the picture is left out.
void DrawText(Canvas& canvas, int x, int y, const std::string& text, double size, const Rgb& color);

}  // namespace libero
