#include "sim/cpu_renderer/texture_cache.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/cpu_renderer/mip_chain.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TextureCacheTest : public testing::Test {
 protected:
  TextureCacheTest() {
    for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<uint8_t>(i * i % 253);
  }

  [[nodiscard]] TextureSource Source(int width = 40) const {
    return {.width = width, .height = 30, .texels = bytes_.data()};
  }

  // The one file of the folder.
  [[nodiscard]] fs::path File() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_)) files.push_back(entry);
    EXPECT_EQ(files.size(), 1U);
    return files.at(0);
  }

  // What Get() writes to stderr.
  std::string LogOfGet(TextureCache& cache) {
    testing::internal::CaptureStderr();
    texture_ = cache.Get(Source());
    return testing::internal::GetCapturedStderr();
  }

  std::vector<uint8_t> bytes_ = std::vector<uint8_t>(3 * 60 * 30);
  TestFolder test_folder_;
  fs::path folder_ = test_folder_ / "textures";  // not made yet
  std::shared_ptr<const Texture> texture_;
};

void ExpectEqual(const Texture& a, const Texture& b) {
  ASSERT_EQ(a.num_levels, b.num_levels);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.first_level, b.first_level);
  EXPECT_TRUE(
      std::equal(a.levels[0].texels, a.levels[0].texels + MipChainTexels(a), b.levels[0].texels));
}

TEST_F(TextureCacheTest, ContentIsSharedWhileSomebodyHoldsIt) {
  TextureCache cache(std::nullopt);
  const std::vector<uint8_t> copy = bytes_;
  TextureSource other = Source();
  other.texels = copy.data();
  auto first = cache.Get(Source());
  EXPECT_EQ(cache.Get(other), first);
  EXPECT_NE(cache.Get(Source(41)), first);

  const std::weak_ptr<const Texture> weak = first;
  first.reset();
  EXPECT_TRUE(weak.expired());
}

TEST_F(TextureCacheTest, ShapesAreContent) {
  TextureCache cache(std::nullopt);
  const std::vector<uint8_t> cube(6 * 4 * 4 * 3, 9);
  const TextureSource all = {.width = 4, .height = 4, .num_faces = 6, .texels = cube.data()};
  TextureSource repeated = all;
  repeated.repeats_face = true;
  TextureSource stacked = all;
  stacked.num_faces = 1;
  stacked.height = 24;
  EXPECT_NE(cache.Get(all), cache.Get(repeated));
  EXPECT_EQ(cache.Get(stacked)->num_faces, 1);
  EXPECT_EQ(cache.Get(all)->num_faces, 6);
}

TEST_F(TextureCacheTest, FilesGiveTheSameTexels) {
  const auto built = TextureCache(std::nullopt).Get(Source());
  const auto stored = TextureCache(folder_).Get(Source());
  const auto written = fs::last_write_time(File());
  const auto mapped = TextureCache(folder_).Get(Source());
  ExpectEqual(*built, *stored);
  ExpectEqual(*built, *mapped);
  EXPECT_EQ(fs::last_write_time(File()), written);
  for (const auto& texture : {built, stored, mapped}) {
    for (int i = 0; i < texture->num_levels; ++i) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(texture->levels[i].texels) % 64, 0U);
    }
  }
}

TEST_F(TextureCacheTest, TexturesOutliveTheirCacheAndFile) {
  const auto texture = TextureCache(folder_).Get(Source());
  fs::remove_all(folder_);
  ExpectEqual(*texture, *TextureCache(std::nullopt).Get(Source()));
}

TEST_F(TextureCacheTest, DamagedFilesAreNamedAndReplaced) {
  const auto built = TextureCache(std::nullopt).Get(Source());
  (void)TextureCache(folder_).Get(Source());
  const fs::path file = File();
  const auto size = fs::file_size(file);
  const auto damage = [&](std::streamoff offset, const std::string& bytes) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(offset).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  const std::function<void()> damages[] = {
      [&] { fs::resize_file(file, size - 4); },
      [&] { fs::resize_file(file, size + 4); },
      [&] { fs::resize_file(file, 10); },
      [&] { damage(0, "x"); },
      [&] { damage(16, "\x7f"); },  // the version
      [&] { damage(static_cast<std::streamoff>(size) / 2, "damaged"); },
  };
  for (const auto& make_damage : damages) {
    make_damage();
    TextureCache cache(folder_);
    EXPECT_THAT(LogOfGet(cache), HasSubstr(file.string() + " is damaged"));
    ExpectEqual(*texture_, *built);
    TextureCache next(folder_);
    EXPECT_EQ(LogOfGet(next), "");
  }
}

TEST_F(TextureCacheTest, AFolderThatCannotBeWrittenIsAWarningOnce) {
  std::ofstream(folder_) << "a file";
  TextureCache cache(folder_);
  EXPECT_THAT(LogOfGet(cache), HasSubstr("textures are not kept: cannot write"));
  ExpectEqual(*texture_, *TextureCache(std::nullopt).Get(Source()));
  testing::internal::CaptureStderr();
  (void)cache.Get(Source(41));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TextureCacheTest, ThreadsGetOneTexture) {
  TextureCache cache(folder_);
  constexpr int kThreads = 8;
  std::shared_ptr<const Texture> textures[kThreads];
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { textures[i] = cache.Get(Source(40 + i % 2)); });
    }
  }
  for (int i = 0; i < kThreads; ++i) EXPECT_EQ(textures[i], textures[i % 2]);
  EXPECT_NE(textures[0], textures[1]);
}

TEST_F(TextureCacheTest, RefusesWhatIsNoTexture) {
  TextureCache cache(folder_);
  TextureSource source = Source();
  source.num_channels = 2;
  EXPECT_THROW((void)cache.Get(source), Error);
  EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace libero
