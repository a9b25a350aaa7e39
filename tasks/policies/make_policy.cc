#include "tasks/policies/make_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
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
  return std::make_unique<ReplayPolicy>(ReadDemoActions(request.argument), request.argument,
                                        request.protocol.settle_action);
}

struct Kind {
  std::string name;
  std::string argument;  // what it is, "" if there is none
  std::unique_ptr<Policy> (*make)(const Request&);

  [[nodiscard]] std::string form() const { return argument.empty() ? name : name + ":" + argument; }
};

std::vector<Kind> Kinds() {
  return {{"noop", "", MakeNoop}, {"random", "", MakeRandom}, {"replay", "FILE", MakeReplay}};
}

}  // namespace

std::vector<std::string> PolicyForms() {
  std::vector<std::string> forms;
  for (const Kind& kind : Kinds()) forms.push_back(kind.form());
  return forms;
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
  if (argument.empty() != kind->argument.empty()) {
    throw Error(fmt::format("policy '{}': expected {}", text, kind->form()));
  }
  return kind->make({argument, protocol});
}

}  // namespace libero
