#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace libero {

// A uniform draw of a rotation about an axis, bounds in rad.
struct AxisRotation {
  char axis = 'x';
  double low = 0;
  double high = 0;
};

// A closed range of joint positions, rad or m.
struct JointRange {
  double low = 0;
  double high = 0;
};

// The joint positions that count as each state of a fixture; absent where it has no such state.
struct Articulation {
  std::optional<JointRange> open;
  std::optional<JointRange> close;
  std::optional<JointRange> turn_on;
  std::optional<JointRange> turn_off;
};

// What the benchmark knows about a category of objects apart from its MJCF.
struct ObjectCategory {
  std::string_view name;    // as in BDDL files, e.g. "akita_black_bowl"
  std::string_view folder;  // of its MJCF, in the assets
  // How an object is turned when it is placed: one rotation about one axis; or several, one after
  // the other, each drawn, if there is more than one.
  std::span<const AxisRotation> rotation;
  const Articulation* articulation = nullptr;  // null for a thing without joints of its own
};

// All categories, grouped by folder.
std::span<const ObjectCategory> ObjectCatalogue();

// Throws Error with the nearest name if there is no such category.
const ObjectCategory& FindObjectCategory(std::string_view name);

// The category's MJCF file, relative to the data root.
std::string MjcfFile(const ObjectCategory& category);

}  // namespace libero
