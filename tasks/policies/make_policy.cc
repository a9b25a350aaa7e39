#include "tasks/policies/make_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/experts/expert_options.h"
#include "tasks/experts/expert_policy.h"
#include "tasks/policies/logged_actions_policy.h"
#include "tasks/policies/noop_policy.h"
#include "tasks/policies/random_policy.h"
#include "tasks/policies/replay_policy.h"

namespace libero {
namespace {

// What a maker gets to work with.
struct Request {
  std::string argument;  // behind the colon
  const Protocol& protocol;
};

std::unique_ptr<Policy> MakeNoop(const Request& request) {
  return std::make_unique<NoopPolicy>(request.protocol.settle_action);
}

std::unique_ptr<Policy> MakeRandom(const Request& /*request*/) {
  return std::make_unique<RandomPolicy>();
}

std::unique_ptr<Policy> MakeReplay(const Request& request) {
  if (std::filesystem::is_directory(request.argument)) {
    return std::make_unique<LoggedActionsPolicy>(request.argument);
  }
  return std::make_unique<ReplayPolicy>(ReadDemoActions(request.argument), request.argument,
                                        request.protocol.settle_action);
}

std::unique_ptr<Policy> MakeExpert(const Request& request) {
  return std::make_unique<ExpertPolicy>(ParseExpertOptions(request.argument));
}

struct Kind {
  std::string name;
  std::string argument;  // what it is, "" if there is none
  std::unique_ptr<Policy> (*make)(const Request&);
  bool needs_argument = !argument.empty();

  [[nodiscard]] std::string form() const {
    if (argument.empty()) return name;
    return needs_argument ? name + ":" + argument : fmt::format("{0} or {0}:{1}", name, argument);
  }
};

std::vector<Kind> Kinds() {
  return {{"noop", "", MakeNoop},
          {"random", "", MakeRandom},
          {"expert", "noise=0.05,speed=0.9", MakeExpert, false},
          {"replay", "FILE", MakeReplay}};
}

}  // namespace

std::vector<std::string> PolicyForms() {
  std::vector<std::string> forms;
  for (const Kind& kind : Kinds()) forms.push_back(kind.form());
  return forms;
}

bool IsPolicyName(std::string_view text) {
  const std::string name(text.substr(0, text.find(':')));
  const std::vector<Kind> kinds = Kinds();
  return std::ranges::find(kinds, name, &Kind::name) != kinds.end();
}

std::unique_ptr<Policy> MakePolicy(std::string_view text, const Protocol& protocol) {
  const size_t colon = text.find(':');
  const std::string name(text.substr(0, colon));
  const std::string argument(colon == text.npos ? "" : text.substr(colon + 1));
  const std::vector<Kind> kinds = Kinds();
  const auto kind = std::ranges::find(kinds, name, &Kind::name);
  if (kind == kinds.end()) {
    std::vector<std::string> names(kinds.size());
    std::ranges::transform(kinds, names.begin(), &Kind::name);
    const std::string suggestion = DidYouMean(name, names);
    throw Error(fmt::format("unknown policy '{}'", text),
                fmt::format("{}{}known policies: {}", suggestion, suggestion.empty() ? "" : " ",
                            fmt::join(PolicyForms(), ", ")));
  }
  const bool has_argument = !argument.empty();
  if (has_argument ? kind->argument.empty() : kind->needs_argument) {
    throw Error(fmt::format("policy '{}': expected {}", text, kind->form()));
  }
  return kind->make({argument, protocol});
}

}  // namespace libero
