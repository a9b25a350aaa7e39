#include "policy/quirks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

TEST(QuirksTest, FixedHasNone) {
  EXPECT_EQ(ParseQuirks("fixed"), Quirks{});
}

TEST(QuirksTest, CompatHasAll) {
  const Quirks compat = ParseQuirks("compat");
  EXPECT_TRUE(compat.visual_states_begin_at_start);
  EXPECT_TRUE(compat.trains_on_states_of_acts);
  EXPECT_TRUE(compat.clips_before_backward);
  EXPECT_TRUE(compat.window_ends_at_step);
  EXPECT_EQ(compat.fraction_of_episodes, 0.95);
  EXPECT_TRUE(compat.crops_on_diagonal);
  EXPECT_TRUE(compat.masks_text_of_other_example);
}

TEST(QuirksTest, NamesTheSetsThereAre) {
  EXPECT_THAT([] { (void)ParseQuirks("fix"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("expected compat or fixed")));
}

}  // namespace
}  // namespace libero
