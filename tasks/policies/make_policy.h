#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/policies/replay_policy.h"
#include "tasks/policy.h"
#include "tasks/protocol.h"

namespace libero {

// Reads the actions of a file of demonstrations.
using DemoReader = std::function<DemoActions(const std::filesystem::path& file)>;

// What policies are made of beside their text.
struct PolicyResources {
  DemoReader read_demos;  // if empty, there is no policy "replay"
};

// How policies are written, for help texts: "noop", "random", "replay:FILE".
[[nodiscard]] std::vector<std::string> PolicyForms(const PolicyResources& resources);

// Makes the policy that the text says, one of PolicyForms(), to act by the protocol. Throws Error
// for other names, with the nearest and the list, for an argument that is missing or not wanted,
// and for what the policy needs and cannot read.
[[nodiscard]] std::unique_ptr<Policy> MakePolicy(std::string_view text, const Protocol& protocol,
                                                 const PolicyResources& resources);

}  // namespace libero
