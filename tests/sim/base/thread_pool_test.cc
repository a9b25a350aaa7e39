#include "sim/base/thread_pool.h"

#include <atomic>
#include <latch>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

TEST(ThreadPoolTest, RunsEveryJob) {
  std::atomic<int> num_done = 0;
  ThreadPool pool(3);
  for (int i = 0; i < 100; ++i) {
    pool.Submit([&] { ++num_done; });
  }
  pool.Wait();
  EXPECT_EQ(num_done, 100);
}

TEST(ThreadPoolTest, RunsJobsSideBySide) {
  std::latch both(2);
  ThreadPool pool(2);
  for (int i = 0; i < 2; ++i) {
    pool.Submit([&] { both.arrive_and_wait(); });
  }
  pool.Wait();  // would not return if one waited for the other's end
}

TEST(ThreadPoolTest, JobsMaySubmitJobs) {
  std::atomic<int> num_done = 0;
  ThreadPool pool(1);
  pool.Submit([&] { pool.Submit([&] { ++num_done; }); });
  pool.Wait();
  EXPECT_EQ(num_done, 1);
}

TEST(ThreadPoolTest, EndsWithTheRunningJobAndDropsTheOthers) {
  std::atomic<int> num_done = 0;
  std::latch begun(1);
  {
    ThreadPool pool(1);
    pool.Submit([&] {
      begun.count_down();
      ++num_done;
    });
    begun.wait();
    pool.Wait();
  }
  EXPECT_EQ(num_done, 1);
}

TEST(ThreadPoolDeathTest, AnExceptionIsNotLost) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        ThreadPool pool(1);
        pool.Submit([] { throw std::runtime_error("lost?"); });
        pool.Wait();
      },
      "lost\\?");
}

}  // namespace
}  // namespace libero
