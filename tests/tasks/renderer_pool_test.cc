#include "tasks/renderer_pool.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tasks/rollout_fakes.h"

namespace libero {
namespace {

// Only the addresses of the models are looked at.
class RendererPoolTest : public testing::Test {
 protected:
  FakeRendering rendering_;
  mjModel first_{};
  mjModel second_{};
  mjModel third_{};
};

TEST_F(RendererPoolTest, UsesARendererAgain) {
  RendererPool pool(rendering_.factory(), 2);
  EXPECT_EQ(pool.description(), "");
  for (int i = 0; i < 3; ++i) (void)pool.Acquire(first_);
  EXPECT_EQ(rendering_.num_made, 1);
  EXPECT_EQ(pool.description(), "fake");
}

TEST_F(RendererPoolTest, MakesAnotherForASecondThread) {
  RendererPool pool(rendering_.factory(), 2);
  const RendererPool::Lease first = pool.Acquire(first_);
  const RendererPool::Lease second = pool.Acquire(first_);
  EXPECT_NE(&first.renderer(), &second.renderer());
}

TEST_F(RendererPoolTest, ReplacesTheOneThatWasIdleLongest) {
  RendererPool pool(rendering_.factory(), 2);
  (void)pool.Acquire(first_);
  (void)pool.Acquire(second_);
  (void)pool.Acquire(first_);
  (void)pool.Acquire(third_);  // in place of the second
  EXPECT_EQ(rendering_.num_made, 3);
  (void)pool.Acquire(first_);
  EXPECT_EQ(rendering_.num_made, 3);
  (void)pool.Acquire(second_);
  EXPECT_EQ(rendering_.num_made, 4);
  EXPECT_EQ(rendering_.max_alive, 2);
}

// Making one takes longer than waiting for a frame.
TEST_F(RendererPoolTest, WaitsForTheModelsOwnIfThereIsNoRoom) {
  RendererPool pool(rendering_.factory(), 1);
  std::unique_ptr<RendererPool::Lease> lease(new RendererPool::Lease(pool.Acquire(first_)));
  std::jthread other([&] { (void)pool.Acquire(first_); });
  lease.reset();
  other.join();
  EXPECT_EQ(rendering_.num_made, 1);
}

TEST_F(RendererPoolTest, DestroysARendererThatFailed) {
  RendererPool pool(rendering_.factory(), 1);
  EXPECT_THROW(
      {
        const RendererPool::Lease lease = pool.Acquire(first_);
        throw Error("lost the device");
      },
      Error);
  EXPECT_EQ(rendering_.num_alive, 0);
  (void)pool.Acquire(first_);
  EXPECT_EQ(rendering_.num_made, 2);
}

TEST_F(RendererPoolTest, KeepsItsRoomWhenTheFactoryFails) {
  bool fails = true;
  RendererPool pool(
      [&](const mjModel&) -> std::unique_ptr<Renderer> {
        if (fails) throw Error("nothing can draw");
        return std::make_unique<FakeRenderer>(rendering_);
      },
      1);
  EXPECT_THROW((void)pool.Acquire(first_), Error);
  fails = false;
  (void)pool.Acquire(first_);
  EXPECT_EQ(rendering_.num_alive, 1);
}

TEST_F(RendererPoolTest, DropsTheRenderersOfAModel) {
  RendererPool pool(rendering_.factory(), 2);
  (void)pool.Acquire(first_);
  (void)pool.Acquire(second_);
  pool.Drop(first_);
  EXPECT_EQ(rendering_.num_alive, 1);
}

TEST_F(RendererPoolTest, ManyThreadsShareAFew) {
  RendererPool pool(rendering_.factory(), 2);
  const std::array<mjModel*, 3> models = {&first_, &second_, &third_};
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Image image = {1, 4, std::vector<uint8_t>(12)};
      const Snapshot snapshot = {.qpos = {1, 2}};
      for (size_t j = 0; j < 200; ++j) {
        const RendererPool::Lease lease = pool.Acquire(*models[(i + j) % 3]);
        lease.renderer().Render(snapshot, 0, image);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(rendering_.num_drawn, 800);
  EXPECT_LE(rendering_.max_alive, 2);
}

}  // namespace
}  // namespace libero
