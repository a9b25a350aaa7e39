#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// A block of JPEG on its way through the DCT, rounding and back, without the lossless part: see
// image_steps.h. source: ITU-T T.81; libjpeg-turbo@2.1.5:jfdctint.c, jidctfst.c
namespace libero::image_steps {

enum Component { kLuma, kBlue, kRed };

// How a component's coefficients are rounded, by (row, column).
struct JpegTable {
  std::array<int, 64> divisors{};     // of coefficients as ForwardDct gives them, 8 times too large
  std::array<int, 64> multipliers{};  // for InverseDct
};

namespace internal {

constexpr std::array<uint8_t, 64> kLumaSteps = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr std::array<uint8_t, 16> kChromaSteps = {17, 18, 24, 47, 18, 21, 26, 66,
                                                  24, 26, 56, 99, 47, 66, 99, 99};

// 2^14 cos(kπ/16) √2, for k = 0: 2^14, as the fast inverse DCT takes its input
constexpr std::array<double, 8> kFastScales = {1, 1.387039845, 1.306562965, 1.175875602,
                                               1, 0.785694958, 0.541196100, 0.275899379};

constexpr int Round(int value, int shift) {
  return (value + (1 << (shift - 1))) >> shift;
}

// x times a number of 8 fractional bits, rounded down.
constexpr int Times(int x, int fixed) {
  return (x * fixed) >> 8;
}

constexpr uint8_t Clamped(int value) {
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Eight numbers of a block, `stride` apart.
class Line {
 public:
  constexpr Line(int* first, int stride) : first_(first), stride_(stride) {}
  constexpr int& operator[](int i) const { return first_[i * stride_]; }

 private:
  int* first_;
  int stride_;
};

// The DCT of a line in 13 fractional bits. The first of both passes leaves two more bits, the
// second takes them away.
constexpr void ForwardLine(Line line, bool is_first) {
  const int shift = is_first ? 11 : 15;
  const int s07 = line[0] + line[7];
  const int s16 = line[1] + line[6];
  const int s25 = line[2] + line[5];
  const int s34 = line[3] + line[4];
  const int d07 = line[0] - line[7];
  const int d16 = line[1] - line[6];
  const int d25 = line[2] - line[5];
  const int d34 = line[3] - line[4];

  const int low = (s07 + s34) + (s16 + s25);
  const int high = (s07 + s34) - (s16 + s25);
  line[0] = is_first ? low * 4 : Round(low, 2);
  line[4] = is_first ? high * 4 : Round(high, 2);
  const int outer = s07 - s34;
  const int inner = s16 - s25;
  const int both = (inner + outer) * 4433;
  line[2] = Round(both + outer * 6270, shift);
  line[6] = Round(both - inner * 15137, shift);

  const int all = (d34 + d16 + d25 + d07) * 9633;
  const int z1 = (d34 + d07) * -7373;
  const int z2 = (d25 + d16) * -20995;
  const int z3 = (d34 + d16) * -16069 + all;
  const int z4 = (d25 + d07) * -3196 + all;
  line[7] = Round(d34 * 2446 + z1 + z3, shift);
  line[5] = Round(d25 * 16819 + z2 + z4, shift);
  line[3] = Round(d16 * 25172 + z2 + z3, shift);
  line[1] = Round(d07 * 12299 + z1 + z4, shift);
}

// The fast inverse DCT of a line in 8 fractional bits.
constexpr void InverseLine(Line line) {
  const int even_sum = line[2] + line[6];
  const int even_difference = Times(line[2] - line[6], 362) - even_sum;
  const int a0 = line[0] + line[4] + even_sum;
  const int a3 = line[0] + line[4] - even_sum;
  const int a1 = line[0] - line[4] + even_difference;
  const int a2 = line[0] - line[4] - even_difference;

  const int z13 = line[5] + line[3];
  const int z10 = line[5] - line[3];
  const int z11 = line[1] + line[7];
  const int z12 = line[1] - line[7];
  const int z5 = Times(z10 + z12, 473);
  const int b7 = z11 + z13;
  const int b6 = Times(z10, -669) + z5 - b7;
  const int b5 = Times(z11 - z13, 362) - b6;
  const int b4 = Times(z12, 277) - z5 + b5;

  line[0] = a0 + b7;
  line[7] = a0 - b7;
  line[1] = a1 + b6;
  line[6] = a1 - b6;
  line[2] = a2 + b5;
  line[5] = a2 - b5;
  line[4] = a3 + b4;
  line[3] = a3 - b4;
}

}  // namespace internal

// `quality` as libjpeg's, 1..100.
constexpr JpegTable MakeJpegTable(Component component, int quality) {
  JpegTable table;
  const int percent = quality < 50 ? 5000 / quality : 200 - quality * 2;
  for (size_t i = 0; i < 64; ++i) {
    const size_t row = i / 8;
    const size_t column = i % 8;
    int step = component == kLuma      ? internal::kLumaSteps[i]
               : row < 4 && column < 4 ? internal::kChromaSteps[row * 4 + column]
                                       : 99;
    step = (step * percent + 50) / 100;
    step = step < 1 ? 1 : step > 255 ? 255 : step;
    table.divisors[i] = step * 8;
    const double scale = 16384 * internal::kFastScales[row] * internal::kFastScales[column];
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): a positive number; std::lround is not constexpr
    table.multipliers[i] = internal::Round(step * static_cast<int>(scale + 0.5), 12);
  }
  return table;
}

// A block's bytes as they come back.
constexpr void CodeBlock(std::array<int, 64>& block, const JpegTable& table) {
  for (int& sample : block) sample -= 128;
  for (int i = 0; i < 8; ++i) internal::ForwardLine({block.data() + 8 * i, 1}, true);
  for (int i = 0; i < 8; ++i) internal::ForwardLine({block.data() + i, 8}, false);
  for (size_t i = 0; i < 64; ++i) {
    const int size = block[i] < 0 ? -block[i] : block[i];
    const int rounded = (size + table.divisors[i] / 2) / table.divisors[i];
    block[i] = (block[i] < 0 ? -rounded : rounded) * table.multipliers[i];
  }
  for (int i = 0; i < 8; ++i) internal::InverseLine({block.data() + i, 8});
  for (int i = 0; i < 8; ++i) internal::InverseLine({block.data() + 8 * i, 1});
  for (int& sample : block) sample = internal::Clamped((sample >> 5) + 128);
}

}  // namespace libero::image_steps
