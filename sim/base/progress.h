#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace libero {

// "8 s", "3 min 05 s", "2 h 07 min"; rounded down; negative counts as 0.
[[nodiscard]] std::string FormatDuration(double seconds);

// How far a long piece of work has come. On a terminal one line that replaces itself, several times
// a second; elsewhere, in a log file, a line of its own now and then. Not thread-safe.
class Progress {
 public:
  // `total` ≥ 0 things are to be done, e.g. "episodes". `out` must outlive this object.
  Progress(std::string things, int total, bool is_terminal, std::ostream& out);

  // Says where the work stands, unless it has said so a moment ago. `elapsed_s` since the
  // beginning, on the caller's clock; `note` is appended, e.g. a success rate.
  void Update(int done, double elapsed_s, const std::string& note);

  // Says so in any case, and ends the line.
  void Finish(int done, double elapsed_s, const std::string& note);

 private:
  void Print(int done, double elapsed_s, const std::string& note);

  std::string things_;
  int total_;
  bool is_terminal_;
  std::ostream* out_;
  std::optional<double> printed_s_;  // when, on the caller's clock
};

}  // namespace libero
