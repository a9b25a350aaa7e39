#include "policy/nn/tcp_store.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "policy/shared_store.h"
#include "sim/base/check.h"

namespace libero {
namespace {

// What a call of LibTorch's returns; throws Error if the store is gone.
template <typename Call>
auto Try(const Call& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    throw Error(fmt::format("the store that the processes share is gone: {}", Reason(error)),
                "see what rank 0 said");
  }
}

class TcpStore final : public SharedStore {
 public:
  explicit TcpStore(StorePtr store) : store_(std::move(store)) {}

  int64_t Add(const std::string& name, int64_t amount) override {
    return Try([&] { return store_->add(name, amount); });
  }
  void Set(const std::string& name, const std::string& text) override {
    Try([&] {
      store_->set(name, std::vector<uint8_t>(text.begin(), text.end()));
      return 0;
    });
  }
  std::optional<std::string> Get(const std::string& name) override {
    return Try([&]() -> std::optional<std::string> {
      if (!store_->check({name})) return std::nullopt;
      const std::vector<uint8_t> bytes = store_->get(name);
      return std::string(bytes.begin(), bytes.end());
    });
  }
  std::string SetOnce(const std::string& name, const std::string& text) override {
    return Try([&] {
      const std::vector<uint8_t> wanted(text.begin(), text.end());
      const std::vector<uint8_t> there = store_->compareSet(name, std::vector<uint8_t>(), wanted);
      return std::string(there.begin(), there.end());
    });
  }
  std::unique_ptr<SharedStore> Connect() override {
    return Try([&] { return std::make_unique<TcpStore>(store_->clone()); });
  }

 private:
  StorePtr store_;
};

}  // namespace

std::string Reason(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
}

StorePtr OpenTcpStore(const ProcessPlace& place, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0 && !place.launcher_has_store;
  options.waitWorkers = false;
  options.timeout = timeout;
  try {
    auto store = c10::make_intrusive<c10d::TCPStore>(place.address, options);
    return c10::make_intrusive<c10d::PrefixStore>(
        fmt::format("libero/{}/{}", place.attempt, place.job), std::move(store));
  } catch (const std::exception& error) {
    if (options.isServer) {
      throw Error(fmt::format("rank 0 cannot listen on port {}: {}", place.port, Reason(error)),
                  "choose another port: MASTER_PORT, or torchrun --master-port");
    }
    throw Error(
        fmt::format("rank {}: no store of the processes at {}:{} within {:.0f} s: {}", place.rank,
                    place.address, place.port, std::chrono::duration<double>(timeout).count(),
                    Reason(error)),
        "MASTER_ADDR must be the machine of rank 0, as seen from here; see what rank 0 said");
  }
}

std::unique_ptr<SharedStore> OpenSharedStore(const ProcessPlace& place,
                                             std::chrono::milliseconds timeout) {
  return std::make_unique<TcpStore>(OpenTcpStore(place, timeout));
}

}  // namespace libero
