#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/observation.h"
#include "tasks/controls.h"

#include <nlohmann/json_fwd.hpp>

namespace libero {

// The conventions of one published evaluation harness, so that results can be compared with its
// own. A value: any field may be changed for a run, and ToJson says which were.
struct Protocol {
  std::string name;   // e.g. "openvla"
  std::string title;  // whose conventions these are

  // Control steps (20 Hz) a policy may take after the settle steps, per LIBERO suite.
  int spatial_steps = 0;
  int object_steps = 0;
  int goal_steps = 0;
  int long_steps = 0;  // libero_10
  int libero_90_steps = 0;

  // What is done after a reset and before the policy is first asked, while objects fall into place.
  int settle_steps = 10;
  Action settle_action = {0, 0, 0, 0, 0, 0, -1};

  // What policies are shown.
  std::vector<FrameSpec> frames = {{"agentview", 256, 256}};

  // Actions that a policy with chunks plays before it looks again; 0: as its own settings say.
  int actions_per_query = 1;

  // What is kept from policies, as a control.
  InstructionControl instruction = InstructionControl::kNone;
  ImageControl image = ImageControl::kNone;

  // When an episode counts as solved. All harnesses agree.
  std::string success = "the goal holds after one of the policy's actions, which ends the episode";
};

// The known protocols; the first is the default.
[[nodiscard]] std::span<const Protocol> Protocols();

// Throws Error that names the nearest protocol and lists all. Ignores case.
[[nodiscard]] const Protocol& FindProtocol(std::string_view name);

// The limit for a suite, given by its full name; a LIBERO-PRO suite has that of the suite it
// varies. Throws Error for a name that is not one of the 21 suites'.
[[nodiscard]] int MaxSteps(const Protocol& protocol, std::string_view suite);

// Sets the limit of every suite.
void SetMaxSteps(Protocol& protocol, int steps);

// Sets the size of every frame, in pixels both ways.
void SetCameraSize(Protocol& protocol, int size);

// Every field, for records; "instruction" and "image" only if something is kept back. "changed"
// lists the fields that differ from the known protocol of that name.
[[nodiscard]] nlohmann::ordered_json ToJson(const Protocol& protocol);

// The protocol that a record tells of; limits of suites that it does not name are those of the
// known protocol. Throws Error or nlohmann::json::exception if it is none.
[[nodiscard]] Protocol ProtocolFromJson(const nlohmann::ordered_json& json);

}  // namespace libero
