#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sim/base/process_environment.h"

namespace libero {

// Texts and numbers by name that processes share, at the one of them that keeps the store. What
// one of these calls does, no other process sees half done. All throw Error if the store is gone.
// One thread at a time.
class SharedStore {
 public:
  virtual ~SharedStore() = default;

  // Adds to a number, which is 0 at first; returns what it is then.
  virtual int64_t Add(const std::string& name, int64_t amount) = 0;

  virtual void Set(const std::string& name, const std::string& text) = 0;

  // None if nobody has set it.
  [[nodiscard]] virtual std::optional<std::string> Get(const std::string& name) = 0;

  // Sets a text that is not empty if nobody has; returns what is there then.
  virtual std::string SetOnce(const std::string& name, const std::string& text) = 0;

  // The same store by a connection of its own, for another thread.
  [[nodiscard]] virtual std::unique_ptr<SharedStore> Connect() = 0;
};

// Joins the processes that a launcher started: rank 0 keeps the store, unless the launcher does.
// Throws Error if the port is taken or there is no store within this time.
[[nodiscard]] std::unique_ptr<SharedStore> OpenSharedStore(const ProcessPlace& place,
                                                           std::chrono::milliseconds timeout);

}  // namespace libero
