#include "tasks/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "sim/base/check.h"
#include "sim/mjcf.h"
#include "tasks/workspace.h"

#include <pugixml.hpp>

namespace libero {
namespace {

constexpr std::array kOtherRotations = {"euler", "axisangle", "xyaxes", "zaxis"};
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
  for (const char* other : kOtherRotations) {
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

struct StringWriter : pugi::xml_writer {
  std::string text;
  void write(const void* data, size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
};

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

std::vector<std::string> FixtureBodies(const Problem& problem) {
  std::vector<std::string> bodies;
  for (const ObjectSpec& object : MakeSceneSpec(problem).objects) {
    if (object.is_fixture) bodies.push_back(object.name + "_main");
  }
  return bodies;
}

ModelText::ModelText(const std::filesystem::path& data_root, const Problem& problem)
    : fixtures_(FixtureBodies(problem)) {
  const SceneMjcf scene = ComposeScene(data_root, MakeSceneSpec(problem));
  LIBERO_CHECK(document_.load_string(scene.text.c_str()));
  const pugi::xml_node root = document_.child("mujoco");
  VisitElements(root.child("worldbody"), [&](pugi::xml_node element) {
    if (std::string_view(element.name()) == "camera") {
      cameras_.emplace_back(element.attribute("name").value());
    }
  });
  VisitElements(root.child("asset"), [](pugi::xml_node element) {
    pugi::xml_attribute file = element.attribute("file");
    const std::string path = file.value();
    if (path.starts_with("assets/")) file.set_value(("libero/libero/" + path).c_str());
  });
}

std::string ModelText::Write(const World& world) {
  const pugi::xml_node worldbody = document_.child("mujoco").child("worldbody");
  const mjModel& model = world.model();
  for (const std::string& name : fixtures_) {
    pugi::xml_node body = FindElement(worldbody, "body", name);
    const int id = mj_name2id(&model, mjOBJ_BODY, name.c_str());
    LIBERO_CHECK(body && id >= 0);
    for (const char* other : kOtherRotations) body.remove_attribute(other);
    SetAttribute(body, "pos", FormatNumbers({model.body_pos + ptrdiff_t{3} * id, 3}));
    SetAttribute(body, "quat", FormatNumbers({model.body_quat + ptrdiff_t{4} * id, 4}));
  }
  StringWriter writer;
  document_.save(writer, "  ");
  return std::move(writer.text);
}

std::vector<std::string> CommonCameras(const std::filesystem::path& data_root,
                                       std::span<const Task> tasks) {
  std::vector<std::string> common;
  std::set<std::string> seen;  // problem classes
  for (const Task& task : tasks) {
    const Problem problem = LoadProblem(task.bddl_path);
    if (!seen.insert(problem.name).second) continue;
    const ModelText scene(data_root, problem);
    if (seen.size() == 1) common = scene.cameras();
    std::erase_if(common, [&](const std::string& name) {
      return std::ranges::find(scene.cameras(), name) == scene.cameras().end();
    });
  }
  return common;
}

}  // namespace libero
