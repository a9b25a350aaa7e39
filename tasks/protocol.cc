#include "tasks/protocol.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/suites.h"

namespace libero {
namespace {

// source: UniVLA@0ab9e9d:experiments/robot/libero/run_libero_eval.py;
//         openvla@c8f03f4:experiments/robot/libero/run_libero_eval.py (openpi and OpenVLA-OFT use
//         these); lerobot@0b2d0d3:src/lerobot/envs/libero.py (TASK_SUITE_MAX_STEPS);
//         LIBERO@4f0dd18:libero/configs/eval/default.yaml (max_steps)
constexpr std::array kProtocols = {
    Protocol{"univla", "UniVLA", 240, 300, 320, 550, 420},
    Protocol{"openvla", "OpenVLA, OpenVLA-OFT, openpi", 220, 280, 300, 520, 400},
    Protocol{"lerobot", "LeRobot", 280, 280, 300, 520, 400},
    Protocol{"libero", "LIBERO's own evaluation", 600, 600, 600, 600, 600},
};

struct SuiteLimit {
  std::string_view suite;
  int Protocol::*steps;
};
constexpr std::array kLimits = {
    SuiteLimit{"libero_spatial", &Protocol::spatial_steps},
    SuiteLimit{"libero_object", &Protocol::object_steps},
    SuiteLimit{"libero_goal", &Protocol::goal_steps},
    SuiteLimit{"libero_10", &Protocol::long_steps},
    SuiteLimit{"libero_90", &Protocol::libero_90_steps},
};

}  // namespace

std::span<const Protocol> Protocols() {
  return kProtocols;
}

const Protocol& FindProtocol(std::string_view name) {
  std::string wanted(name);
  for (char& c : wanted) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<std::string> known;
  for (const Protocol& protocol : kProtocols) {
    if (protocol.name == wanted) return protocol;
    known.emplace_back(protocol.name);
  }
  const std::string suggestion = DidYouMean(wanted, known);
  throw Error(fmt::format("unknown protocol '{}'", name),
              fmt::format("{}{}known protocols: {}", suggestion, suggestion.empty() ? "" : " ",
                          fmt::join(known, ", ")));
}

int MaxSteps(const Protocol& protocol, std::string_view suite) {
  const std::string_view base = BaseSuite(suite);
  for (const SuiteLimit& limit : kLimits) {
    if (limit.suite == base) return protocol.*limit.steps;
  }
  throw Error(fmt::format("protocol {} has no step limit for suite '{}'", protocol.name, suite),
              "give the full name of one of LIBERO's or LIBERO-PRO's suites");
}

}  // namespace libero
