#include "training/distributed.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include "policy/nn/device.h"
#include "policy/nn/tcp_store.h"
#include "sim/base/check.h"
#include "training/nccl.h"

namespace libero {
namespace {

using Milliseconds = std::chrono::milliseconds;

double Seconds(Milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string Names(const std::vector<int>& ranks) {
  return fmt::format("{} {}", ranks.size() == 1 ? "rank" : "ranks", fmt::join(ranks, ", "));
}

std::string ArrivalKey(int rank) {
  return fmt::format("arrived/{}", rank);
}

std::string HeartbeatKey(int rank) {
  return fmt::format("heartbeat/{}", rank);
}

// Throws Error that names the ranks which do not come.
void AwaitAll(const StorePtr& store, const ProcessPlace& place, Milliseconds timeout) {
  store->set(ArrivalKey(place.rank), std::vector<uint8_t>{1});
  std::vector<std::string> keys;
  for (int rank = 0; rank < place.size; ++rank) keys.push_back(ArrivalKey(rank));
  try {
    store->wait(keys, timeout);
  } catch (const std::exception& error) {
    std::vector<int> missing;
    try {
      for (int rank = 0; rank < place.size; ++rank) {
        if (!store->check({ArrivalKey(rank)})) missing.push_back(rank);
      }
    } catch (const std::exception& lost) {
      throw Error(fmt::format("rank {}: the store at {}:{} is gone while the processes gather: {}",
                              place.rank, place.address, place.port, Reason(lost)),
                  "see what rank 0 said");
    }
    throw Error(
        fmt::format("rank {}: {} of {} processes did not come within {:.0f} s: {}", place.rank,
                    missing.size(), place.size, Seconds(timeout), Names(missing)),
        "start all of them; WORLD_SIZE says how many are expected");
  }
}

// Gives signs of life to the store while it lives.
class Heartbeat {
 public:
  // `store` is this object's alone.
  Heartbeat(StorePtr store, int rank, Milliseconds period)
      : thread_([this, store = std::move(store), rank, period](const std::stop_token& stop) {
          Beat(store, rank, period, stop);
        }) {}

 private:
  void Beat(const StorePtr& store, int rank, Milliseconds period, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      try {
        store->add(HeartbeatKey(rank), 1);
      } catch (const std::exception&) {
        return;  // the store is gone: whoever uses it next will say so
      }
      wakes_.wait_for(lock, stop, period, [] { return false; });
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::jthread thread_;  // last: it ends first
};

class Processes final : public DataParallel {
 public:
  Processes(const ProcessPlace& place, at::Device device, const JoinOptions& options);
  ~Processes() override;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  [[nodiscard]] int rank() const override { return place_.rank; }
  [[nodiscard]] int size() const override { return place_.size; }
  void Share(const std::vector<NamedTensor>& parameters) override;
  void Begin(const std::vector<NamedTensor>& parameters, bool overlaps) override;
  void Finish() override;
  void Average(at::Tensor* numbers) override;
  [[nodiscard]] at::Tensor Gather(const at::Tensor& own) override;
  void Barrier() override;
  void CheckOthers() override;

 private:
  void MakeReducer();
  void Announce();
  void PassGradients();
  [[nodiscard]] std::vector<int64_t> ReadHeartbeats();

  // Calls exchange(); if that fails, throws an Error which says what and, if it can, because of
  // whom.
  template <typename Exchange>
  void Try(const char* what, const Exchange& exchange) {
    try {
      exchange();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      CheckOthers();
      throw Error(fmt::format("rank {}: {} failed: {}", place_.rank, what, Reason(error)),
                  "see what the other processes said");
    }
  }

  ProcessPlace place_;
  JoinOptions options_;
  bool on_gpu_;
  StorePtr store_;
  c10::intrusive_ptr<c10d::Backend> gloo_;        // for numbers on the CPU
  c10::intrusive_ptr<c10d::ProcessGroup> group_;  // for parameters, on their device
  std::unique_ptr<Heartbeat> heartbeat_;
  std::vector<NamedTensor> parameters_;
  std::unique_ptr<c10d::Reducer> reducer_;
  bool is_first_step_ = true;
  bool overlaps_ = false;
  int exceptions_at_start_ = std::uncaught_exceptions();
};

Processes::Processes(const ProcessPlace& place, at::Device device, const JoinOptions& options)
    : place_(place),
      options_(options),
      on_gpu_(device.is_cuda()),
      store_(OpenTcpStore(place, options.join)) {
  AwaitAll(store_, place_, options_.join);
  heartbeat_ = std::make_unique<Heartbeat>(store_->clone(), place_.rank, options_.heartbeat);
  const auto in_store = [this](const char* name) {
    return c10::make_intrusive<c10d::PrefixStore>(name, store_);
  };
  Try("connecting the processes", [&] {
    gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(
        in_store("gloo"), place_.rank, place_.size,
        c10d::ProcessGroupGloo::Options::create_default(options_.exchange));
    group_ = c10::make_intrusive<c10d::ProcessGroup>(in_store("group"), place_.rank, place_.size);
    using Type = c10d::ProcessGroup::BackendType;
    group_->setBackend(c10::DeviceType::CPU, Type::GLOO, gloo_);
    group_->setDefaultBackend(Type::GLOO);
    if (on_gpu_) {
      c10::impl::VirtualGuardImpl(at::kCUDA).setDevice(device);
      group_->setBackend(c10::DeviceType::CUDA, Type::NCCL,
                         MakeNccl(in_store("nccl"), place_.rank, place_.size, options_.exchange));
      group_->setDefaultBackend(Type::NCCL);
    }
    group_->setGroupName("libero");
  });
  Barrier();
}

// A process that failed leaves at once: closing a group waits for what is under way in it, and the
// others may not take part in that any more.
Processes::~Processes() {
  if (std::uncaught_exceptions() <= exceptions_at_start_) return;
  (void)reducer_.release();
  (void)group_.release();
  (void)gloo_.release();
}

void Processes::Share(const std::vector<NamedTensor>& parameters) {
  std::vector<at::Tensor> values;
  for (const NamedTensor& parameter : parameters) values.push_back(parameter.tensor->detach());
  constexpr size_t kBytesAtOnce = size_t{250} << 20U;
  Try("sharing parameters", [&] {
    c10d::verify_params_across_processes(group_, values, {});
    c10d::broadcast_coalesced(group_, values, kBytesAtOnce, /*rank=*/0);
  });
}

void Processes::MakeReducer() {
  std::vector<at::Tensor> tensors;
  std::unordered_map<size_t, std::string> names;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    tensors.push_back(*parameters_[i].tensor);
    names[i] = parameters_[i].name;
  }
  const std::vector<bool> is_sparse(tensors.size(), false);

  // buckets in the order in which a backward pass fills them, the first small so that it goes early
  auto buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(
      tensors, {c10d::kDefaultFirstBucketBytes, c10d::kDefaultBucketBytesCap}, is_sparse));
  std::ranges::reverse(buckets);
  reducer_ = std::make_unique<c10d::Reducer>(
      tensors, std::move(buckets), group_, is_sparse, c10d::kDefaultBucketBytesCap,
      /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/false, std::move(names),
      c10d::kDefaultFirstBucketBytes, /*skip_all_reduce_unused_params=*/false,
      /*use_python_reducer=*/false, std::vector<int64_t>());
  // which parameters get gradients, it finds out in the first step
  reducer_->set_static_graph();
}

// The calls of DistributedDataParallel's forward() with static_graph=True.
// source: pytorch@v2.11.0:torch/nn/parallel/distributed.py
void Processes::Announce() {
  if (!reducer_) MakeReducer();
  reducer_->prepare_for_forward();
  reducer_->rebuild_buckets();
  reducer_->prepare_for_backward({});
}

// A backward pass over the gradients that are there and nothing else, for the reducer to follow.
void Processes::PassGradients() {
  Announce();
  std::vector<at::Tensor> parameters;
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : parameters_) {
    at::Tensor& gradient = parameter.tensor->mutable_grad();
    if (!gradient.defined()) continue;
    parameters.push_back(*parameter.tensor);
    gradients.push_back(std::exchange(gradient, {}));
  }
  torch::autograd::backward(parameters, gradients);
}

void Processes::Begin(const std::vector<NamedTensor>& parameters, bool overlaps) {
  parameters_ = parameters;
  overlaps_ = overlaps;
  if (overlaps_) Try("preparing the averaging of gradients", [&] { Announce(); });
}

void Processes::Finish() {
  Try("averaging gradients", [&] {
    if (!overlaps_) PassGradients();
    if (is_first_step_) {
      reducer_->delay_all_reduce();
    } else {
      reducer_->check_finalized();
    }
    is_first_step_ = false;
    // NCCL waits for a process that died; Gloo says at once that it is gone
    if (on_gpu_) gloo_->barrier()->wait();
  });
}

void Processes::Average(at::Tensor* numbers) {
  std::vector<at::Tensor> sums = {numbers->detach().cpu().clone()};
  Try("averaging numbers", [&] { gloo_->allreduce(sums)->wait(); });
  *numbers = (sums[0] / place_.size).to(numbers->device());
}

at::Tensor Processes::Gather(const at::Tensor& own) {
  std::vector<at::Tensor> inputs = {own.detach().cpu().contiguous()};
  std::vector<std::vector<at::Tensor>> outputs(1);
  for (int rank = 0; rank < place_.size; ++rank) outputs[0].push_back(at::empty_like(inputs[0]));
  Try("gathering numbers", [&] { gloo_->allgather(outputs, inputs)->wait(); });
  return at::cat(outputs[0]).to(own.device());
}

void Processes::Barrier() {
  Try("waiting for the other processes", [&] {
    c10d::BarrierOptions options;
    options.timeout = options_.barrier;
    gloo_->barrier(options)->wait();
  });
}

std::vector<int64_t> Processes::ReadHeartbeats() {
  std::vector<int64_t> beats;
  for (int rank = 0; rank < place_.size; ++rank)
    beats.push_back(store_->add(HeartbeatKey(rank), 0));
  return beats;
}

void Processes::CheckOthers() {
  constexpr int kPeriods = 6;
  std::vector<int> silent;
  try {
    const std::vector<int64_t> before = ReadHeartbeats();
    std::this_thread::sleep_for(kPeriods * options_.heartbeat);
    const std::vector<int64_t> after = ReadHeartbeats();
    for (int other = 0; other < place_.size; ++other) {
      const auto i = static_cast<size_t>(other);
      if (other != place_.rank && before[i] == after[i]) silent.push_back(other);
    }
  } catch (const std::exception& error) {
    if (place_.launcher_has_store) {
      throw Error(
          fmt::format("rank {}: the launcher's store is gone: {}", place_.rank, Reason(error)),
          "see what the launcher said");
    }
    silent = {0};
  }
  if (silent.empty()) return;
  throw Error(fmt::format("rank {}: {} no longer {}", place_.rank, Names(silent),
                          silent.size() == 1 ? "answers" : "answer"),
              "see what was said there last; started again, training goes on from its last state");
}

}  // namespace

at::Device ChooseDeviceOf(const ProcessPlace& place, std::string_view name) {
  const at::Device device = ChooseDevice(name);
  if (place.size == 1 || !device.is_cuda() || name.starts_with("cuda:")) return device;
  const int num_gpus = at::detail::getCUDAHooks().deviceCount();
  if (num_gpus == 1) return device;
  if (place.local_rank >= num_gpus) {
    throw Error(fmt::format("rank {} is process {} of its machine, which has {} GPUs", place.rank,
                            place.local_rank + 1, num_gpus),
                "start one process for each GPU");
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(place.local_rank)};
}

std::unique_ptr<DataParallel> JoinProcesses(const ProcessPlace& place, at::Device device,
                                            const JoinOptions& options) {
  if (place.size == 1) return std::make_unique<DataParallel>();
  return std::make_unique<Processes>(place, device, options);
}

void RankZeroFirst(DataParallel* processes, const std::function<void()>& action) {
  if (processes->rank() == 0) action();
  processes->Barrier();
  if (processes->rank() != 0) action();
}

}  // namespace libero
