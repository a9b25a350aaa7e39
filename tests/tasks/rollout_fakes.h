#pragma once

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/base/check.h"
#include "tasks/policy.h"
#include "tasks/renderer_pool.h"

namespace libero {

// What the renderers of a test have in common.
struct FakeRendering {
  std::atomic<int> num_made = 0;
  std::atomic<int> num_alive = 0;
  std::atomic<int> max_alive = 0;
  std::atomic<int> num_drawn = 0;
  std::function<void(int num_drawn)> on_draw;  // called with the running number, from 1; may throw

  RendererFactory factory();
};

// "Draws" the first numbers of qpos and the camera's index as they lie in memory.
class FakeRenderer : public Renderer {
 public:
  explicit FakeRenderer(FakeRendering& shared) : shared_(&shared) {
    ++shared_->num_made;
    const int num_alive = ++shared_->num_alive;
    if (num_alive > shared_->max_alive) shared_->max_alive = num_alive;
  }
  ~FakeRenderer() override { --shared_->num_alive; }

  void Render(const Snapshot& snapshot, int camera_id, Image& image) override {
    const int num_drawn = ++shared_->num_drawn;
    if (shared_->on_draw) shared_->on_draw(num_drawn);
    image.rgb = Picture(snapshot, camera_id, image.rgb.size());
  }
  void RenderGeometry(const Snapshot& /*snapshot*/, int /*camera_id*/,
                      GeometryImage& /*image*/) override {}
  [[nodiscard]] std::string description() const override { return "fake"; }

  static std::vector<uint8_t> Picture(const Snapshot& snapshot, int camera_id, size_t size) {
    std::vector<uint8_t> bytes(size);
    LIBERO_CHECK(size > sizeof(double));
    std::memcpy(bytes.data(), snapshot.qpos.data(),
                std::min(size, snapshot.qpos.size() * sizeof(double)));
    bytes.back() = static_cast<uint8_t>(camera_id);
    return bytes;
  }

 private:
  FakeRendering* shared_;
};

inline RendererFactory FakeRendering::factory() {
  return [this](const mjModel&) {
    return std::make_unique<FakeRenderer>(*this);
  };
}

// A policy made of functions, which may be empty.
class FakePolicy : public Policy {
 public:
  std::vector<FrameSpec> frame_specs;
  std::function<void(int slot, const EpisodeSpec&)> on_begin;
  std::function<bool(int slot)> needs_frames;
  std::function<void(std::span<const PolicyInput>, std::span<Action>)> act;

  [[nodiscard]] std::vector<FrameSpec> frames() const override { return frame_specs; }
  void BeginEpisode(int slot, const EpisodeSpec& episode, const Env& /*env*/) override {
    if (on_begin) on_begin(slot, episode);
  }
  [[nodiscard]] bool NeedsFrames(int slot) const override {
    return !needs_frames || needs_frames(slot);
  }
  void Act(std::span<const PolicyInput> inputs, std::span<Action> actions) override {
    for (Action& action : actions) action = {0, 0, 0, 0, 0, 0, -1};
    if (act) act(inputs, actions);
  }
  [[nodiscard]] std::string description() const override { return "fake"; }
};

}  // namespace libero
