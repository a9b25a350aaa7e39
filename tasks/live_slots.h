#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/observation.h"
#include "sim/snapshot.h"
#include "tasks/episode.h"
#include "tasks/episode_watcher.h"

// How who looks on sees what the slots of a run are at, from another process: through small files
// in the run's folder, which are written only while somebody wants them. A run never waits for who
// looks on, and what goes wrong with these files stays without consequence.
//   live/wanted   touched by who looks on; wanted no more 3 s after the last time
//   live/slot_K   the instant that slot K is at, written anew at most ten times a second
namespace libero {

// An instant of the episode that a slot is at.
struct LiveSlot {
  int slot = 0;
  EpisodeSpec episode;
  int step = 0;                  // actions taken
  Action action{};               // the last one; zeros at step 0
  std::vector<bool> predicates;  // of the goal
  std::string end;               // "" while it goes on, else Name(EpisodeEnd) or "error"
  Snapshot snapshot;             // what is seen at this instant
  double age_s = 0;              // since this was written
};

// For RolloutOptions::make_watcher: makes a watcher a slot, in the order of slots, that writes down
// what its slot is at while that is wanted. It looks about twice a second whether that is so, which
// costs some µs. Forgets what an earlier run left in the folder. Each is told everything beside one
// that `others` makes, which may be empty.
[[nodiscard]] EpisodeWatcherFactory MakeLiveWatchers(const std::filesystem::path& run_folder,
                                                     EpisodeWatcherFactory others = {});

// Removes what the watchers wrote; the folder `live`, too, unless somebody still looks on.
void RemoveLiveSlots(const std::filesystem::path& run_folder);

// Looks on at a run.
class LiveSlotReader {
 public:
  explicit LiveSlotReader(const std::filesystem::path& run_folder) : folder_(run_folder / "live") {}

  // Stops wanting.
  ~LiveSlotReader();
  LiveSlotReader(const LiveSlotReader&) = delete;
  LiveSlotReader& operator=(const LiveSlotReader&) = delete;

  // Says that the slots are wanted. Does nothing where the folder cannot be written: then there is
  // nothing to read either.
  void Want() const;

  // Reads what has changed. What cannot be read is left out.
  void Update();

  // By slot, as last read.
  [[nodiscard]] const std::map<int, LiveSlot>& slots() const { return slots_; }

 private:
  std::filesystem::path folder_;
  std::map<int, LiveSlot> slots_;
  std::map<int, std::filesystem::file_time_type> times_;  // of the files that were read
};

// The bytes of a slot's file, and the slot again, but for its age. Throws Error if the bytes are
// not whole or of another version.
[[nodiscard]] std::string ToBytes(const LiveSlot& slot);
[[nodiscard]] LiveSlot LiveSlotFromBytes(const std::string& bytes);

}  // namespace libero
