#include "results/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ShardTest, PartsMakeTheWhole) {
  std::vector<EpisodeSpec> planned(10);
  for (int i = 0; i < 10; ++i) planned[static_cast<size_t>(i)].init_index = i;
  std::vector<int> inits;
  for (const char* text : {"1/3", "2/3", "3/3"}) {
    for (const EpisodeSpec& spec : ParseShard(text).Of(planned)) inits.push_back(spec.init_index);
  }
  EXPECT_THAT(inits, testing::ElementsAre(0, 3, 6, 9, 1, 4, 7, 2, 5, 8));
  EXPECT_TRUE(ParseShard("12/12").Of(planned).empty()) << "more parts than episodes";
}

TEST(ShardTest, SaysWhatItExpects) {
  for (const char* text : {"", "2", "0/4", "5/4", "1/4x", "a/4", "1/", "-1/4"}) {
    EXPECT_THAT([&] { (void)ParseShard(text); },
                ThrowsMessage<Error>(HasSubstr("--shard: expected INDEX/COUNT, got '")))
        << text;
  }
}

}  // namespace
}  // namespace libero
