#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/renderer.h"

namespace libero {

// Makes a renderer for a model, which outlives it; called by any thread, by several at a time. See
// MakeRenderer.
using RendererFactory = std::function<std::unique_ptr<Renderer>(const mjModel& model)>;

// A few renderers that many environments share. One holds a scene's meshes and textures once more,
// 100–400 MB, and takes a second to make, so their number is bounded and those in place are used
// before others are made. Thread-safe.
class RendererPool {
  struct Entry;

 public:
  // The right to use a renderer; gives it back at the end. A renderer whose lease ends by an
  // exception is not trusted any more and destroyed.
  class Lease {
   public:
    Lease(RendererPool& pool, Entry& entry);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] Renderer& renderer() const;

   private:
    RendererPool* pool_;
    Entry* entry_;
    int num_exceptions_;  // in flight when the lease began
  };

  // At most `max_renderers` ≥ 1 (CHECK) are alive at any time.
  RendererPool(RendererFactory make, int max_renderers);
  ~RendererPool();
  RendererPool(const RendererPool&) = delete;
  RendererPool& operator=(const RendererPool&) = delete;

  // A renderer of the model for this thread alone, which may hold only one. Makes one if there is
  // room, or if the model has none yet: then in place of the one that has been idle longest. Else
  // waits until one is free. Passes on what the factory throws.
  [[nodiscard]] Lease Acquire(const mjModel& model);

  // Destroys the model's renderers, which nobody uses (CHECK). To be called before the model goes.
  void Drop(const mjModel& model);

  // Of the renderer that was made first, "" before.
  [[nodiscard]] std::string description() const;

 private:
  Entry* Take(const mjModel& model);
  void Make(Entry& entry, const mjModel& model);
  void GiveBack(Entry& entry, bool keep);
  void Erase(const Entry& entry);

  RendererFactory make_;
  size_t max_renderers_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable is_free_;
  std::vector<std::unique_ptr<Entry>> entries_;
  uint64_t num_uses_ = 0;
  std::string description_;
};

}  // namespace libero
