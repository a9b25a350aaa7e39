#include "sim/scene_store.h"

#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

const fs::path kDataRoot = LIBERO_DEPS_DIR;

// A robot in an empty room.
SceneSpec EmptyRoom() {
  return {.arena = {.mjcf = "assets/scenes/libero_floor_base_style.xml",
                    .floor_texture = "light-gray-floor-tile.png",
                    .wall_texture = "light-gray-plaster.png"},
          .robot_base = PandaBase::kOnTheGround,
          .p_WB = {-0.6, 0, 0}};
}

SceneSpec RoomWithBowl() {
  SceneSpec spec = EmptyRoom();
  spec.objects.push_back(
      {"bowl_1", "assets/stable_scanned_objects/akita_black_bowl/akita_black_bowl.xml"});
  return spec;
}

class SceneStoreTest : public testing::Test {
 protected:
  TestFolder parent_;
  fs::path folder_ = parent_ / "scenes";  // not there yet
};

TEST_F(SceneStoreTest, MakesASceneOnceAndFreesItAfterItsLastUser) {
  SceneStore store(kDataRoot, std::nullopt);
  std::shared_ptr<const Scene> first = store.Get(EmptyRoom());
  EXPECT_EQ(store.Get(EmptyRoom()), first);
  const std::weak_ptr<const Scene> watch = first;
  first.reset();
  EXPECT_TRUE(watch.expired());
  EXPECT_NE(store.Get(EmptyRoom()), nullptr);
}

TEST_F(SceneStoreTest, ThreadsThatAskForOneSceneShareIt) {
  SceneStore store(kDataRoot, std::nullopt);
  std::array<std::shared_ptr<const Scene>, 4> scenes;
  {
    std::vector<std::jthread> threads;
    for (auto& scene : scenes) {
      threads.emplace_back([&store, &scene] { scene = store.Get(EmptyRoom()); });
    }
  }
  for (const auto& scene : scenes) EXPECT_EQ(scene, scenes[0]);
}

TEST_F(SceneStoreTest, TakesTheSecondStartFromTheCache) {
  const auto first = SceneStore(kDataRoot, folder_).Get(RoomWithBowl());
  const auto second = SceneStore(kDataRoot, folder_).Get(RoomWithBowl());
  EXPECT_EQ(first->origin, Scene::Origin::kCompiled);
  EXPECT_EQ(second->origin, Scene::Origin::kCached);
  EXPECT_EQ(first->key, second->key);
  EXPECT_EQ(second->objects.at(0).joints, std::vector<std::string>{"bowl_1_joint0"});
  EXPECT_EQ(ModelSizes(*first->model), ModelSizes(*second->model));
}

TEST_F(SceneStoreTest, CompilesAgainAndSaysSoIfTheCacheIsDamaged) {
  const auto scene = SceneStore(kDataRoot, folder_).Get(EmptyRoom());
  fs::resize_file(folder_ / (scene->key + ".scene"), 1000);
  testing::internal::CaptureStderr();
  const auto again = SceneStore(kDataRoot, folder_).Get(EmptyRoom());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(HasSubstr("warning: cached scene " + scene->key),
                             HasSubstr("compiling it again")));
  EXPECT_EQ(again->origin, Scene::Origin::kCompiled);
  EXPECT_EQ(SceneStore(kDataRoot, folder_).Get(EmptyRoom())->origin, Scene::Origin::kCached);
}

TEST_F(SceneStoreTest, ASceneThatCannotBeCachedIsMadeAllTheSame) {
  std::ofstream(folder_) << "a file in place of the folder";
  testing::internal::CaptureStderr();
  EXPECT_NE(SceneStore(kDataRoot, folder_).Get(EmptyRoom()), nullptr);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("scene not cached"));
}

TEST_F(SceneStoreTest, NamesTheAssetThatIsMissing) {
  SceneSpec spec = EmptyRoom();
  spec.arena.floor_texture = "no_such_floor.png";
  SceneStore store(kDataRoot, std::nullopt);
  EXPECT_THAT([&] { (void)store.Get(spec); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("assets/textures/no_such_floor.png"),
                                                  HasSubstr("hint: "))));
}

}  // namespace
}  // namespace libero
