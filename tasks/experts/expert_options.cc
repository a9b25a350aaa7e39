#include "tasks/experts/expert_options.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "sim/base/check.h"

namespace libero {
namespace {

void CheckRange(const char* name, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw Error(fmt::format("expert: {} is {}, expected {} to {}", name, value, low, high));
}

}  // namespace

ExpertOptions ParseExpertOptions(const std::string& text) {
  ExpertOptions options;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    double* const value = name == "noise"   ? &options.noise
                          : name == "speed" ? &options.speed
                          : name == "close" ? &options.close
                                            : nullptr;
    const std::string number = equals == std::string::npos ? "" : word.substr(equals + 1);
    char* end = nullptr;
    if (value != nullptr) *value = std::strtod(number.c_str(), &end);
    if (value == nullptr || number.empty() || *end != '\0') {
      throw Error(fmt::format("expert: got '{}', expected noise=, speed= or close=NUMBER", word),
                  "for example noise=0.05,speed=0.9");
    }
  }
  CheckRange("noise", options.noise, 0, 1);
  CheckRange("speed", options.speed, 0.1, 1.5);
  CheckRange("close", options.close, 1, 20);
  return options;
}

}  // namespace libero
