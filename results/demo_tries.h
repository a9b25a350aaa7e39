#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "tasks/demo_writer.h"

namespace libero {

// The tries at one task's demonstrations, of which the first so many successful ones make its file.
// A successful one waits in a file of its own until all are there. Not thread-safe.
class DemoTries {
 public:
  // `folder`/<task>_demo.hdf5 is the file; the tries wait below `folder`/.tries/<task>.
  DemoTries(std::filesystem::path folder, Task task, int num_demos, int max_tries);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / DemoFileName(task_); }

  // Whether the file is there, made by this or an earlier call.
  [[nodiscard]] bool has_file() const { return has_file_; }

  // Writes the demonstration of a try that succeeded. Throws Error if it cannot be written.
  void Keep(int number, const RecordedDemo& demo) const;

  // What came of a try: `num_steps` > 0 of a success. A success of an earlier call counts only if
  // its demonstration is there.
  void Note(int number, bool success, int num_steps);

  // A try that had an error; it is not asked for again by Missing().
  void NoteError(int number) { errors_.insert(number); }

  // The tries that have yet to be run, as if all of them were to succeed; none if the file is there
  // or the task was given up.
  [[nodiscard]] std::vector<int> Missing() const;

  // Whether all is known that decides the file.
  [[nodiscard]] bool IsComplete() const { return errors_.empty() && Missing().empty(); }

  // Of the tries that decide the file, so far: its demonstrations' numbers, and their steps.
  struct Count {
    std::vector<int> successes;
    int num_failures = 0;
    int64_t num_steps = 0;
  };
  [[nodiscard]] Count CountTries() const;

  // Makes the file and removes the tries' own. Requires IsComplete(), and that some succeeded.
  void MakeFile(const DemoFileInfo& info);

 private:
  [[nodiscard]] std::filesystem::path TryFolder() const;
  [[nodiscard]] std::filesystem::path TryFile(int number) const;

  std::filesystem::path folder_;
  Task task_;
  int num_demos_;
  int max_tries_;
  bool has_file_ = false;
  std::map<int, int> outcomes_;  // steps of tries that succeeded, 0 of those that failed
  std::set<int> errors_;
};

}  // namespace libero
