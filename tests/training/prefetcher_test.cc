#include "training/prefetcher.h"

#include <atomic>
#include <latch>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(PrefetcherTest, HandsOutInOrder) {
  Prefetcher<int64_t> prefetcher([](int64_t index) { return index * index; }, 5, 3, 4);
  for (int64_t index = 5; index < 500; ++index) EXPECT_EQ(prefetcher.Next(), index * index);
}

// The first is made last of all that may be made.
TEST(PrefetcherTest, KeepsTheOrderWhenThreadsOvertakeEachOther) {
  constexpr int kCapacity = 4;
  std::latch others_are_made(kCapacity - 1);
  Prefetcher<int64_t> prefetcher(
      [&](int64_t index) {
        if (index == 0) others_are_made.wait();
        if (index > 0 && index < kCapacity) others_are_made.count_down();
        return index;
      },
      0, 2, kCapacity);
  for (int64_t index = 0; index < 10; ++index) EXPECT_EQ(prefetcher.Next(), index);
}

TEST(PrefetcherTest, IsNeverMoreThanItsCapacityAhead) {
  constexpr int64_t kCapacity = 3;
  std::atomic<int64_t> num_taken = 0;
  std::atomic<bool> is_too_far = false;
  {
    Prefetcher<int64_t> prefetcher(
        [&](int64_t index) {
          // one more may be on its way from Next() to the count
          if (index > num_taken + kCapacity) is_too_far = true;
          return index;
        },
        0, 4, kCapacity);
    for (int64_t i = 0; i < 300; ++i) {
      EXPECT_EQ(prefetcher.Next(), i);
      EXPECT_LE(prefetcher.num_waiting(), static_cast<size_t>(kCapacity));
      ++num_taken;
    }
  }
  EXPECT_FALSE(is_too_far);
}

TEST(PrefetcherTest, ErrorsComeOutWhereTheirThingWouldHave) {
  Prefetcher<std::string> prefetcher(
      [](int64_t index) {
        if (index == 3) throw Error("frame 17 is damaged");
        return std::to_string(index);
      },
      0, 2, 8);
  for (int64_t index = 0; index < 3; ++index) EXPECT_EQ(prefetcher.Next(), std::to_string(index));
  for (int time = 0; time < 2; ++time) {
    EXPECT_THAT([&] { (void)prefetcher.Next(); },
                ThrowsMessage<Error>(HasSubstr("frame 17 is damaged")))
        << "and again";
  }
}

TEST(PrefetcherTest, MovesWhatCannotBeCopied) {
  Prefetcher<std::unique_ptr<int64_t>> prefetcher(
      [](int64_t index) { return std::make_unique<int64_t>(index); }, 0, 2, 2);
  EXPECT_EQ(*prefetcher.Next(), 0);
  EXPECT_EQ(*prefetcher.Next(), 1);
}

TEST(PrefetcherTest, StopsWhenNobodyTakesAnything) {
  std::atomic<int> num_made = 0;
  for (int time = 0; time < 50; ++time) {
    Prefetcher<int> prefetcher([&](int64_t) { return ++num_made; }, 0, 3, 2);
  }
  EXPECT_LE(num_made, 50 * 2);
}

}  // namespace
}  // namespace libero
