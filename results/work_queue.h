#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "policy/shared_store.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

struct WorkQueueTimes {
  std::chrono::milliseconds beat{1000};      // between signs of life
  std::chrono::milliseconds silence{30000};  // without one, after which a process counts as dead
  std::chrono::milliseconds arrival{60000};  // that rank 0 waits for processes that never came
};

// Episodes that several processes run together: each claims the next that nobody has. Rank 0 hands
// them out and collects what came of them; where a process dies, or leaves before its episodes have
// ended, they are offered again. Episodes are named by their places in the plan.
//
// If rank 0 dies, the others end with an error, and the run continues where its log ends when it is
// begun again.
//
// Gives signs of life in a thread of its own while it lives.
class WorkQueue {
 public:
  WorkQueue(std::unique_ptr<SharedStore> store, int rank, int size,
            const WorkQueueTimes& times = {});

  // Tells rank 0 that this process leaves.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  [[nodiscard]] bool is_host() const { return rank_ == 0; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

  // Rank 0: hands out episodes of an evaluation with this config.
  void Offer(const nlohmann::ordered_json& config, const std::vector<int>& places);

  // Others: waits for the offer. Throws Error, with what differs, if rank 0 has another config.
  [[nodiscard]] std::vector<int> AwaitOffer(const nlohmann::ordered_json& config);

  // Whether this process is the one to run an episode; no for all once the queue is closed.
  [[nodiscard]] bool Claim(int place);

  // Others: the record of an episode that has ended, see ToJsonLine.
  void HandIn(const std::string& record);

  // Rank 0: what was handed in since the last call.
  [[nodiscard]] std::vector<std::string> Collect();

  // Rank 0: nobody needs to run this one any more.
  void MarkDone(int place) { open_.erase(place); }
  [[nodiscard]] bool is_open(int place) const { return open_.contains(place); }
  [[nodiscard]] bool is_all_done() const { return open_.empty(); }

  // Rank 0: offers the episodes of processes again that died or left.
  void CheckOthers();

  // Others: throws Error if rank 0 has died or left.
  void CheckHost();

  // Episodes that were offered again since the last call, for whoever has nothing else to do.
  [[nodiscard]] std::vector<int> TakeRetries();

  // Rank 0: nothing more is to be begun.
  void Close();
  [[nodiscard]] bool is_closed();

  // Rank 0: whether all others have left or died, or never came.
  [[nodiscard]] bool HaveAllLeft();

 private:
  using Clock = std::chrono::steady_clock;

  // What rank 0 knows of another process.
  struct Other {
    int64_t num_beats = 0;
    Clock::time_point last_beat = Clock::now();
    int64_t num_collected = 0;
    bool is_gone = false;
  };

  void Beat(const std::stop_token& stop);
  void UpdateOther(int rank, Other& other);

  std::unique_ptr<SharedStore> store_;
  int rank_;
  int size_;
  WorkQueueTimes times_;
  std::map<int, int> turns_;  // how often an episode has been offered again, by place
  int64_t num_retries_seen_ = 0;
  std::set<int> open_;           // rank 0: places without a result
  std::map<int, Other> others_;  // by rank: of rank 0 all, of the others rank 0
  Clock::time_point start_ = Clock::now();

  std::unique_ptr<SharedStore> beat_store_;
  std::mutex mutex_;
  std::condition_variable_any wakes_;
  std::jthread heart_;  // last: it ends first
};

}  // namespace libero
