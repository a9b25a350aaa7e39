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

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

constexpr Action kNothing = {0, 0, 0, 0, 0, 0, 0};

// source: UniVLA@0ab9e9d:experiments/robot/libero/run_libero_eval.py;
//         openvla@c8f03f4:experiments/robot/libero/run_libero_eval.py (openpi and OpenVLA-OFT use
//         these); lerobot@0b2d0d3:src/lerobot/envs/libero.py (TASK_SUITE_MAX_STEPS,
//         num_steps_wait) and configs.py (LiberoEnv: 360 pixels, not the environment's own 256);
//         LIBERO@4f0dd18:libero/configs/eval/default.yaml (max_steps), configs/data/default.yaml
//         (128 pixels) and lifelong/metric.py (evaluate_one_task_success: settle steps)
std::vector<Protocol> MakeProtocols() {
  const std::string wrist = "robot0_eye_in_hand";
  std::vector<Protocol> protocols = {
      {"univla", "UniVLA", 240, 300, 320, 550, 420},
      {"openvla", "OpenVLA, OpenVLA-OFT, openpi", 220, 280, 300, 520, 400},
      {"lerobot", "LeRobot", 280, 280, 300, 520, 400},
      {"libero", "LIBERO's own evaluation", 600, 600, 600, 600, 600},
  };
  Protocol& openvla = protocols[1];
  openvla.actions_per_query = 0;  // OpenVLA 1, OpenVLA-OFT 8, openpi 5
  Protocol& lerobot = protocols[2];
  lerobot.frames = {{"agentview", 360, 360}, {wrist, 360, 360}};
  lerobot.actions_per_query = 0;
  Protocol& libero = protocols[3];
  libero.settle_steps = 5;
  libero.settle_action = kNothing;
  libero.frames = {{"agentview", 128, 128}, {wrist, 128, 128}};
  return protocols;
}

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

Json FieldsJson(const Protocol& protocol) {
  Json max_steps = Json::object();
  for (const SuiteLimit& limit : kLimits) max_steps[limit.suite] = protocol.*limit.steps;
  Json frames = Json::array();
  for (const FrameSpec& frame : protocol.frames) {
    frames.push_back({{"camera", frame.camera}, {"width", frame.width}, {"height", frame.height}});
  }
  Json json = {{"title", protocol.title},
               {"max_steps", max_steps},
               {"settle_steps", protocol.settle_steps},
               {"settle_action", protocol.settle_action},
               {"frames", frames},
               {"actions_per_query", protocol.actions_per_query},
               {"success", protocol.success}};
  if (protocol.instruction != InstructionControl::kNone) {
    json["instruction"] = Name(protocol.instruction);
  }
  if (protocol.image != ImageControl::kNone) json["image"] = Name(protocol.image);
  return json;
}

}  // namespace

std::span<const Protocol> Protocols() {
  static const std::vector<Protocol> protocols = MakeProtocols();
  return protocols;
}

const Protocol& FindProtocol(std::string_view name) {
  std::string wanted(name);
  for (char& c : wanted) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<std::string> known;
  for (const Protocol& protocol : Protocols()) {
    if (protocol.name == wanted) return protocol;
    known.push_back(protocol.name);
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

void SetMaxSteps(Protocol& protocol, int steps) {
  for (const SuiteLimit& limit : kLimits) protocol.*limit.steps = steps;
}

void SetCameraSize(Protocol& protocol, int size) {
  for (FrameSpec& frame : protocol.frames) frame.width = frame.height = size;
}

Json ToJson(const Protocol& protocol) {
  const Json fields = FieldsJson(protocol);
  const Json known = FieldsJson(FindProtocol(protocol.name));
  Json changed = Json::array();
  for (const auto& [field, value] : fields.items()) {
    if (known.value(field, Json()) != value) changed.push_back(field);
  }
  Json result = {{"name", protocol.name}};
  result.update(fields);
  result["changed"] = changed;
  return result;
}

Protocol ProtocolFromJson(const Json& json) {
  Protocol protocol = FindProtocol(json.at("name").get<std::string>());
  const Json& max_steps = json.at("max_steps");
  for (const SuiteLimit& limit : kLimits) {
    const std::string suite(limit.suite);
    if (max_steps.contains(suite)) protocol.*limit.steps = max_steps.at(suite).get<int>();
  }
  protocol.settle_steps = json.at("settle_steps").get<int>();
  protocol.settle_action = json.at("settle_action").get<Action>();
  protocol.frames.clear();
  for (const Json& frame : json.at("frames")) {
    protocol.frames.push_back({frame.at("camera").get<std::string>(), frame.at("width").get<int>(),
                               frame.at("height").get<int>()});
  }
  protocol.actions_per_query = json.value("actions_per_query", protocol.actions_per_query);
  protocol.instruction = FindInstructionControl(json.value("instruction", "none"));
  protocol.image = FindImageControl(json.value("image", "none"));
  return protocol;
}

}  // namespace libero
