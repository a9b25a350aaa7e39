#include "results/work_queue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "sim/base/check.h"
#include "sim/base/json_differences.h"
#include "sim/base/log.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kPoll = std::chrono::milliseconds(100);

std::string ClaimName(int place, int turn) {
  return fmt::format("claim/{}/{}", place, turn);
}

std::string BeatName(int rank) {
  return fmt::format("beat/{}", rank);
}

std::string LeftName(int rank) {
  return fmt::format("left/{}", rank);
}

std::string CountName(int rank) {
  return fmt::format("results/{}", rank);
}

std::string ResultName(int rank, int64_t number) {
  return fmt::format("results/{}/{}", rank, number);
}

}  // namespace

WorkQueue::WorkQueue(std::unique_ptr<SharedStore> store, int rank, int size,
                     const WorkQueueTimes& times)
    : store_(std::move(store)),
      rank_(rank),
      size_(size),
      times_(times),
      beat_store_(store_->Connect()),
      heart_([this](const std::stop_token& stop) { Beat(stop); }) {
  for (int other = 1; rank == 0 && other < size; ++other) others_[other] = {};
  if (rank != 0) others_[0] = {};
}

WorkQueue::~WorkQueue() {
  try {
    store_->Set(LeftName(rank_), "1");
  } catch (const std::exception& error) {
    LogWarning("results", error.what());
  }
}

void WorkQueue::Beat(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    try {
      beat_store_->Add(BeatName(rank_), 1);
    } catch (const std::exception&) {
      return;  // the store is gone: whoever uses it next will say so
    }
    wakes_.wait_for(lock, stop, times_.beat, [] { return false; });
  }
}

void WorkQueue::Offer(const Json& config, const std::vector<int>& places) {
  open_ = {places.begin(), places.end()};
  store_->Set("offer", Json{{"config", config}, {"places", places}}.dump());
}

std::vector<int> WorkQueue::AwaitOffer(const Json& config) {
  std::optional<std::string> text;
  while (!(text = store_->Get("offer"))) {
    CheckHost();
    std::this_thread::sleep_for(kPoll);
  }
  const Json offer = Json::parse(*text);
  const std::vector<std::string> differences = JsonDifferences(offer.at("config"), config);
  if (!differences.empty()) {
    throw Error(fmt::format("rank {} was started with other options than rank 0: {}", rank_,
                            fmt::join(differences, "; ")),
                "start all processes with one command line");
  }
  return offer.at("places").get<std::vector<int>>();
}

bool WorkQueue::Claim(int place) {
  if (is_closed()) return false;
  const std::string own = std::to_string(rank_);
  return store_->SetOnce(ClaimName(place, turns_[place]), own) == own;
}

void WorkQueue::HandIn(const std::string& record) {
  // first the record, so that what is counted is there
  const int64_t number = store_->Add(CountName(rank_), 0);
  store_->Set(ResultName(rank_, number), record);
  store_->Add(CountName(rank_), 1);
}

std::vector<std::string> WorkQueue::Collect() {
  std::vector<std::string> records;
  for (auto& [rank, other] : others_) {
    const int64_t count = store_->Add(CountName(rank), 0);
    for (; other.num_collected < count; ++other.num_collected) {
      records.push_back(store_->Get(ResultName(rank, other.num_collected)).value());
    }
  }
  return records;
}

// Sees whether another process lives.
void WorkQueue::UpdateOther(int rank, Other& other) {
  const int64_t num_beats = store_->Add(BeatName(rank), 0);
  if (num_beats != other.num_beats) {
    other.num_beats = num_beats;
    other.last_beat = Clock::now();
    other.is_gone = false;
  } else if (num_beats > 0 && !other.is_gone && Clock::now() - other.last_beat > times_.silence) {
    LogWarning("results", fmt::format("rank {} gives no signs of life", rank));
    other.is_gone = true;
  }
  if (store_->Get(LeftName(rank))) other.is_gone = true;
}

void WorkQueue::CheckOthers() {
  std::set<std::string> gone;
  for (auto& [rank, other] : others_) {
    UpdateOther(rank, other);
    if (other.is_gone) gone.insert(std::to_string(rank));
  }
  if (gone.empty()) return;
  for (const int place : open_) {
    const std::optional<std::string> owner = store_->Get(ClaimName(place, turns_[place]));
    if (!owner || !gone.contains(*owner)) continue;
    const int turn = turns_[place] + 1;
    LogInfo("results", fmt::format("an episode of rank {} is run by another process", *owner));
    const int64_t number = store_->Add("retries", 0);
    store_->Set(fmt::format("retry/{}", number), Json{place, turn}.dump());
    store_->Add("retries", 1);
    turns_[place] = turn;
  }
}

void WorkQueue::CheckHost() {
  UpdateOther(0, others_[0]);
  if (!others_[0].is_gone || is_closed()) return;
  throw Error(fmt::format("rank {}: rank 0 is gone", rank_), "see what rank 0 said");
}

std::vector<int> WorkQueue::TakeRetries() {
  std::vector<int> places;
  const int64_t count = store_->Add("retries", 0);
  for (; num_retries_seen_ < count; ++num_retries_seen_) {
    const Json retry = Json::parse(store_->Get(fmt::format("retry/{}", num_retries_seen_)).value());
    turns_[retry.at(0).get<int>()] = retry.at(1).get<int>();
    places.push_back(retry.at(0).get<int>());
  }
  return places;
}

void WorkQueue::Close() {
  store_->Set("closed", "1");
}

bool WorkQueue::is_closed() {
  return store_->Get("closed").has_value();
}

bool WorkQueue::HaveAllLeft() {
  bool have_all_left = true;
  for (auto& [rank, other] : others_) {
    UpdateOther(rank, other);
    const bool never_came = other.num_beats == 0 && Clock::now() - start_ > times_.arrival;
    have_all_left = have_all_left && (other.is_gone || never_came);
  }
  return have_all_left;
}

}  // namespace libero
