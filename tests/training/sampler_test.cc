#include "training/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<int64_t> Examples(const std::vector<Sample>& samples) {
  std::vector<int64_t> examples;
  for (const Sample& sample : samples) examples.push_back(sample.example);
  return examples;
}

TEST(RandomOrderTest, HasEachNumberOnce) {
  for (const int64_t n : {1, 2, 3, 7, 255, 256, 257, 1000, 4096, 5000}) {
    const RandomOrder order(n, {1, 2});
    std::vector<int64_t> values;
    for (int64_t place = 0; place < n; ++place) values.push_back(order.At(place));
    std::ranges::sort(values);
    std::vector<int64_t> expected(static_cast<size_t>(n));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(values, expected) << n;
  }
}

TEST(RandomOrderTest, IsDefinedForLargeRanges) {
  const int64_t n = (int64_t{1} << 62) - 5;
  const RandomOrder order(n, {1, 2});
  std::set<int64_t> values;
  for (int64_t place = 0; place < 100; ++place) {
    const int64_t value = order.At(n - 1 - place);
    EXPECT_TRUE(value >= 0 && value < n);
    values.insert(value);
  }
  EXPECT_EQ(values.size(), 100U);
}

// Over many keys each number comes to each place equally often: the sum over the n x n counts of
// (count - mean)^2 / mean has the mean (n - 1)^2 and about twice that variance.
TEST(RandomOrderTest, PutsEachNumberAnywhereEquallyOften) {
  constexpr double kDeviations = 5;
  for (const size_t n : {5, 16, 60}) {
    const uint32_t num_keys = 4000;
    std::vector<double> counts(n * n);
    for (uint32_t key = 0; key < num_keys; ++key) {
      const RandomOrder order(static_cast<int64_t>(n), {key, 9});
      for (size_t place = 0; place < n; ++place) {
        ++counts[place * n + static_cast<size_t>(order.At(static_cast<int64_t>(place)))];
      }
    }
    const double mean = num_keys / static_cast<double>(n);
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - mean) * (count - mean) / mean;
    const double freedom = static_cast<double>((n - 1) * (n - 1));
    EXPECT_NEAR(chi_square, freedom, kDeviations * std::sqrt(2 * freedom)) << n;
  }
}

// Neighbours in the data, steps of one demonstration, do not come one after another.
TEST(RandomOrderTest, PartsNeighbours) {
  constexpr int64_t kSize = 20000;
  const RandomOrder order(kSize, {3, 4});
  double sum = 0;
  int num_close = 0;
  for (int64_t place = 0; place + 1 < kSize; ++place) {
    const auto distance = std::abs(order.At(place) - order.At(place + 1));
    sum += static_cast<double>(distance);
    num_close += distance <= 10 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kSize, kSize / 3.0, kSize / 100.0);
  EXPECT_NEAR(num_close, 20, 25);
}

TEST(SamplerTest, EachEpochHasEachExampleOnceInAnotherOrder) {
  const Sampler sampler({.num_examples = 30, .batch_size = 10, .seed = 7});
  std::set<std::vector<int64_t>> orders;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<int64_t> examples;
    for (int64_t step = 0; step < 3; ++step) {
      const std::vector<int64_t> batch = Examples(sampler.Batch(3 * epoch + step));
      examples.insert(examples.end(), batch.begin(), batch.end());
    }
    orders.insert(examples);
    std::ranges::sort(examples);
    for (int64_t i = 0; i < 30; ++i) EXPECT_EQ(examples[static_cast<size_t>(i)], i);
  }
  EXPECT_EQ(orders.size(), 4U);
}

TEST(SamplerTest, BatchesGoOnIntoTheNextEpoch) {
  const Sampler sampler({.num_examples = 7, .batch_size = 4, .seed = 7});
  std::vector<int64_t> examples;
  for (int64_t step = 0; step < 7; ++step) {
    const std::vector<int64_t> batch = Examples(sampler.Batch(step));
    EXPECT_EQ(batch.size(), 4U);
    examples.insert(examples.end(), batch.begin(), batch.end());
  }
  for (int64_t example = 0; example < 7; ++example) {
    EXPECT_EQ(std::ranges::count(examples, example), 4) << "in 28 samples, 4 epochs";
  }
}

TEST(SamplerTest, SeedsGiveOtherOrders) {
  const Sampler one({.num_examples = 100, .batch_size = 100, .seed = 1});
  const Sampler other({.num_examples = 100, .batch_size = 100, .seed = uint64_t{1} << 40});
  EXPECT_NE(one.Batch(0), other.Batch(0));
}

// A run that goes on is one that had not stopped: a batch depends on its number alone.
TEST(SamplerTest, HasNoState) {
  const SamplerOptions options = {.num_examples = 50, .batch_size = 8, .seed = 3};
  const Sampler sampler(options);
  std::vector<std::vector<Sample>> batches;
  for (int64_t step = 0; step < 20; ++step) batches.push_back(sampler.Batch(step));
  EXPECT_EQ(Sampler(options).Batch(13), batches[13]);
  EXPECT_EQ(batches[13][5], (Sample{13 * 8 + 5, sampler.At(13 * 8 + 5).example}));
}

TEST(SamplerTest, RanksTogetherHaveTheBatchOfOneProcess) {
  const Sampler alone({.num_examples = 50, .batch_size = 12, .seed = 3});
  for (int64_t step = 0; step < 10; ++step) {
    std::vector<Sample> together(12);
    for (int rank = 0; rank < 3; ++rank) {
      const Sampler sampler(
          {.num_examples = 50, .batch_size = 12, .seed = 3, .rank = rank, .world = 3});
      const std::vector<Sample> share = sampler.Batch(step);
      ASSERT_EQ(share.size(), 4U);
      for (size_t i = 0; i < share.size(); ++i)
        together[i * 3 + static_cast<size_t>(rank)] = share[i];
    }
    EXPECT_EQ(together, alone.Batch(step)) << step;
  }
}

TEST(SamplerTest, CountsEpochs) {
  EXPECT_DOUBLE_EQ(Sampler({.num_examples = 50, .batch_size = 20}).EpochsAt(5), 2);
}

TEST(SamplerTest, RefusesWhatCannotBeDivided) {
  EXPECT_THAT([] { Sampler({.num_examples = 0}); },
              ThrowsMessage<Error>(HasSubstr("no example to train on")));
  EXPECT_THAT([] { Sampler({.num_examples = 9, .batch_size = 10, .rank = 1, .world = 4}); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("a batch of 10 examples"), HasSubstr("choose a multiple of 4"))));
}

}  // namespace
}  // namespace libero
