#include "tasks/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sim/base/check.h"
#include "sim/mjcf.h"

#include <pugixml.hpp>

namespace libero {
namespace {

constexpr const char* kHint = "a model_file is what MuJoCo saves of a live model";

// The attribute's numbers, which replace `values`; those stay if there is none.
void ReadNumbers(pugi::xml_node body, const char* attribute, const std::string& where,
                 std::span<double> values) {
  const pugi::xml_attribute text = body.attribute(attribute);
  if (!text) return;
  const std::string place = where + attribute;
  const std::vector<double> numbers = ParseNumbers(text.value(), place);
  const bool are_finite = std::ranges::all_of(numbers, [](double x) { return std::isfinite(x); });
  if (numbers.size() != values.size() || !are_finite) {
    throw Error(
        fmt::format("{}: expected {} numbers, got '{}'", place, values.size(), text.value()),
        kHint);
  }
  std::ranges::copy(numbers, values.begin());
}

BodyPose ReadBodyPose(pugi::xml_node body, const std::string& where) {
  for (const char* other : {"euler", "axisangle", "xyaxes", "zaxis"}) {
    if (!body.attribute(other)) continue;
    throw Error(fmt::format("{}expected pos and quat, got {}", where, other), kHint);
  }
  if (std::string_view(body.parent().name()) == "frame") {
    throw Error(where + "expected pos and quat, got a frame around the body", kHint);
  }
  BodyPose pose{.quat_wxyz = {1, 0, 0, 0}};
  ReadNumbers(body, "pos", where, pose.pos);
  ReadNumbers(body, "quat", where, pose.quat_wxyz);
  if (std::ranges::all_of(pose.quat_wxyz, [](double x) { return x == 0; })) {
    throw Error(where + "quat: expected a rotation, got zeros", kHint);
  }
  return pose;
}

}  // namespace

std::vector<BodyPose> ReadBodyPoses(std::string_view mjcf, std::span<const std::string> bodies,
                                    const std::string& where) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(mjcf.data(), mjcf.size());
  if (!parsed) {
    throw Error(
        fmt::format("{}not XML: {} at character {}", where, parsed.description(), parsed.offset),
        kHint);
  }
  const pugi::xml_node world = document.child("mujoco").child("worldbody");
  if (!world) throw Error(where + "expected <mujoco> with a <worldbody>", kHint);

  std::vector<BodyPose> poses;
  for (const std::string& name : bodies) {
    const pugi::xml_node body = FindElement(world, "body", name);
    if (!body) {
      throw Error(fmt::format("{}there is no body \"{}\"", where, name),
                  "the demonstration was recorded with other fixtures than this task has");
    }
    poses.push_back(ReadBodyPose(body, fmt::format("{}body \"{}\": ", where, name)));
  }
  return poses;
}

}  // namespace libero
