#include "sim/base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace libero {
namespace {

constexpr double kTerminalIntervalS = 0.2;
constexpr double kLogIntervalS = 30;

}  // namespace

std::string FormatDuration(double seconds) {
  const auto s = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e15));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

Progress::Progress(std::string things, int total, bool is_terminal, std::ostream& out)
    : things_(std::move(things)), total_(total), is_terminal_(is_terminal), out_(&out) {}

void Progress::Update(int done, double elapsed_s, const std::string& note) {
  const double interval_s = is_terminal_ ? kTerminalIntervalS : kLogIntervalS;
  if (!printed_s_) printed_s_ = is_terminal_ ? elapsed_s - interval_s : elapsed_s;
  if (elapsed_s - *printed_s_ < interval_s) return;
  printed_s_ = elapsed_s;
  Print(done, elapsed_s, note);
  if (!is_terminal_) *out_ << '\n';
  out_->flush();
}

void Progress::Finish(int done, double elapsed_s, const std::string& note) {
  Print(done, elapsed_s, note);
  *out_ << std::endl;
}

void Progress::Print(int done, double elapsed_s, const std::string& note) {
  std::string line = fmt::format("{}/{} {}, {}", done, total_, things_, FormatDuration(elapsed_s));
  if (done > 0 && done < total_) {
    line += fmt::format(", {} left", FormatDuration(elapsed_s * (total_ - done) / done));
  }
  if (!note.empty()) line += ", " + note;
  *out_ << (is_terminal_ ? "\r  " : "") << line << (is_terminal_ ? "\033[K" : "");
}

}  // namespace libero
