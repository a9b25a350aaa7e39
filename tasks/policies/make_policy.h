#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/policy.h"
#include "tasks/protocol.h"

namespace libero {

// How policies are written, for help texts: "noop", "random", "replay:FILE".
[[nodiscard]] std::vector<std::string> PolicyForms();

// Whether a text begins with the name of one, up to the end or a colon.
[[nodiscard]] bool IsPolicyName(std::string_view text);

// Makes the policy that the text says, one of PolicyForms(), to act by the protocol. Throws Error
// for other names, with the nearest and the list, for an argument that is missing or not wanted,
// and for what the policy needs and cannot read.
[[nodiscard]] std::unique_ptr<Policy> MakePolicy(std::string_view text, const Protocol& protocol);

}  // namespace libero
