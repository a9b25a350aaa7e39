#include "results/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(AxisTicksTest, AreRoundNumbers) {
  EXPECT_THAT(AxisTicks(0, 100, 4, false), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(AxisTicks(1, 800, 4, false), ElementsAre(200, 400, 600, 800));
  EXPECT_THAT(AxisTicks(-0.5, 0.5, 2, false), ElementsAre(-0.5, 0, 0.5));
}

TEST(AxisTicksTest, ArePowersOfTenOnLogarithmicAxes) {
  EXPECT_THAT(AxisTicks(0.001, 20, 4, true),
              ElementsAre(testing::DoubleEq(0.001), testing::DoubleEq(0.01), testing::DoubleEq(0.1),
                          1, 10));
  EXPECT_THAT(AxisTicks(0.4, 6, 4, true), ElementsAre(testing::DoubleEq(0.5), 1, 2, 5));
}

TEST(LineChartTest, DrawsLinesWhereTheAxesSay) {
  LineChart chart = {.description = "a < b",
                     .x_label = "step",
                     .width = 200,
                     .height = 100,
                     .x_high = 10,
                     .y_high = 2};
  chart.lines.push_back({.points = {{0, 0}, {10, 2}}, .css_class = "all", .title = "rise"});
  const std::string svg = LineChartSvg(chart);
  EXPECT_THAT(svg, HasSubstr("<title>a &lt; b</title>"));
  EXPECT_THAT(svg, HasSubstr("d=\"M60.0,56.0L186.0,12.0\"><title>rise</title>"));
}

}  // namespace
}  // namespace libero
