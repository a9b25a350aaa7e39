#include "tasks/experts/expert_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ExpertOptionsTest, TakesWhatIsNamed) {
  EXPECT_EQ(ParseExpertOptions("").noise, 0);
  EXPECT_EQ(ParseExpertOptions("").speed, 1);
  const ExpertOptions options = ParseExpertOptions("speed=0.9,noise=0.05,close=6");
  EXPECT_EQ(options.speed, 0.9);
  EXPECT_EQ(options.close, 6);
  EXPECT_EQ(options.noise, 0.05);
}

TEST(ExpertOptionsTest, RefusesOtherTexts) {
  const char* const kBad[] = {"fast", "noise", "noise=", "noise=a", "noise=0.1x", "sped=1"};
  for (const char* const text : kBad) {
    EXPECT_THAT([&] { (void)ParseExpertOptions(text); },
                ThrowsMessage<Error>(HasSubstr("expected noise=, speed= or close=NUMBER")))
        << text;
  }
}

TEST(ExpertOptionsTest, RefusesNumbersOutOfRange) {
  EXPECT_THAT([] { (void)ParseExpertOptions("noise=2"); },
              ThrowsMessage<Error>("expert: noise is 2, expected 0 to 1"));
  EXPECT_THAT([] { (void)ParseExpertOptions("speed=0"); },
              ThrowsMessage<Error>("expert: speed is 0, expected 0.1 to 1.5"));
  EXPECT_THAT([] { (void)ParseExpertOptions("speed=nan"); },
              ThrowsMessage<Error>(HasSubstr("nan")));
}

}  // namespace
}  // namespace libero
