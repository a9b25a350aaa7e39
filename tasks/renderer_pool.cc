#include "tasks/renderer_pool.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "sim/base/check.h"

namespace libero {

struct RendererPool::Entry {
  const mjModel* model = nullptr;
  bool is_leased = true;
  uint64_t last_use = 0;
  std::unique_ptr<Renderer> renderer;  // null while it is being made
};

RendererPool::Lease::Lease(RendererPool& pool, Entry& entry)
    : pool_(&pool), entry_(&entry), num_exceptions_(std::uncaught_exceptions()) {}

RendererPool::Lease::~Lease() {
  pool_->GiveBack(*entry_, std::uncaught_exceptions() == num_exceptions_);
}

Renderer& RendererPool::Lease::renderer() const {
  return *entry_->renderer;
}

RendererPool::RendererPool(RendererFactory make, int max_renderers)
    : make_(std::move(make)), max_renderers_(static_cast<size_t>(max_renderers)) {
  LIBERO_CHECK(max_renderers >= 1);
}

RendererPool::~RendererPool() = default;

RendererPool::Lease RendererPool::Acquire(const mjModel& model) {
  Entry* entry = Take(model);
  if (entry->renderer == nullptr || entry->model != &model) Make(*entry, model);
  return {*this, *entry};
}

// An entry that is leased to the caller: with the model's renderer, with another one to be
// replaced, or with none.
RendererPool::Entry* RendererPool::Take(const mjModel& model) {
  std::unique_lock lock(mutex_);
  for (;;) {
    // one of the model that is free
    bool has_any = false;
    Entry* idlest = nullptr;
    for (const auto& entry : entries_) {
      has_any = has_any || entry->model == &model;
      if (entry->is_leased) continue;
      const bool is_better =
          idlest == nullptr || (idlest->model != &model &&
                                (entry->model == &model || entry->last_use < idlest->last_use));
      if (is_better) idlest = entry.get();
    }
    const bool is_own = idlest != nullptr && idlest->model == &model;

    // else a new one, or another model's
    if (!is_own && entries_.size() < max_renderers_) {
      entries_.push_back(std::make_unique<Entry>());
      entries_.back()->model = &model;
      return entries_.back().get();
    }
    if (is_own || (idlest != nullptr && !has_any)) {
      idlest->is_leased = true;
      return idlest;
    }
    is_free_.wait(lock);
  }
}

void RendererPool::Make(Entry& entry, const mjModel& model) {
  {
    const std::lock_guard lock(mutex_);
    entry.model = &model;
  }
  try {
    entry.renderer.reset();
    entry.renderer = make_(model);
    LIBERO_CHECK(entry.renderer != nullptr);
  } catch (const std::exception&) {
    GiveBack(entry, false);
    throw;
  }
  const std::string description = entry.renderer->description();
  const std::lock_guard lock(mutex_);
  if (description_.empty()) description_ = description;
}

void RendererPool::GiveBack(Entry& entry, bool keep) {
  if (!keep) entry.renderer.reset();
  {
    const std::lock_guard lock(mutex_);
    if (keep) {
      entry.is_leased = false;
      entry.last_use = ++num_uses_;
    } else {
      Erase(entry);
    }
  }
  is_free_.notify_all();
}

void RendererPool::Erase(const Entry& entry) {
  std::erase_if(entries_, [&](const auto& other) { return other.get() == &entry; });
}

void RendererPool::Drop(const mjModel& model) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) LIBERO_CHECK(entry->model != &model || !entry->is_leased);
  std::erase_if(entries_, [&](const auto& entry) { return entry->model == &model; });
}

std::string RendererPool::description() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

}  // namespace libero
