#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace libero {

// Success rates of a policy that somebody else published, in percent; of the standard evaluation
// with 50 episodes of each of a suite's ten tasks. Harnesses differ in step limits, pictures and
// MuJoCo versions, so that a difference of a point or two may be theirs.
struct PublishedResult {
  const char* policy = "";
  double spatial = 0;
  double object = 0;
  double goal = 0;
  double libero_10 = 0;
  const char* origin = "";  // in two or three words, e.g. "OpenVLA-OFT's paper"
  const char* source = "";  // paper or repository that has the numbers
  const char* remark = "";  // "" or what to know before comparing

  // For a suite's full name; none for suites that nobody publishes.
  [[nodiscard]] std::optional<double> rate(std::string_view suite) const;
};

// All that are known here, in no order.
[[nodiscard]] std::span<const PublishedResult> PublishedResults();

}  // namespace libero
