#include "sim/panda.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/check.h"

namespace libero {
namespace {

using Vector3 = std::array<double, 3>;

constexpr std::string_view kRobotRgba = "0 0.5 0 1";
constexpr std::string_view kMountRgba = "0.5 0.5 0 1";
constexpr std::string_view kGripperRgba = "0 0 0.5 1";
constexpr std::array<double, 7> kJointDamping = {0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01};
constexpr double kFrictionLoss = 0.1;
constexpr double kArmature = 5.0;  // of the first joint; joint i has kArmature / (i + 1)

// A robot part: a document whose names have a prefix, and its root body.
struct Part {
  Mjcf mjcf;
  pugi::xml_node root_body;
  Vector3 base_offset{};  // of the root body as the file has it
};

Vector3 Position(pugi::xml_node body, const std::string& file) {
  const std::vector<double> p = ParseNumbers(body.attribute("pos").as_string("0 0 0"), file);
  if (p.size() != 3) {
    throw Error(
        fmt::format("{}: root body: expected a position of 3 numbers, got {}", file, p.size()));
  }
  return {p[0], p[1], p[2]};
}

// source: robosuite@1.4.0:models/base.py:495
Part LoadPart(const std::filesystem::path& data_root, const std::string& file,
              const std::string& prefix, std::string_view collision_rgba) {
  Part part{.mjcf = Mjcf::Load(data_root, "robosuite/models/assets/" + file), .root_body = {}};
  part.root_body = part.mjcf.root_body();
  part.base_offset = Position(part.root_body, file);
  int num_collision = 0;
  int num_visual = 0;
  VisitElements(part.mjcf.root(), [&](pugi::xml_node element) {
    if (std::string_view(element.name()) != "geom" || element.attribute("name")) return;
    const bool is_visual = std::string_view(element.attribute("group").value()) == "1";
    SetAttribute(
        element, "name",
        is_visual ? fmt::format("g{}_vis", num_visual++) : fmt::format("g{}_col", num_collision++));
  });
  AddPrefix(part.mjcf.root(), prefix);
  RecolorCollisionGeoms(part.mjcf.section("worldbody"), collision_rgba);
  return part;
}

// Joint attributes that robosuite gives its arms: friction loss and armature where the file has
// none, damping always. source: robosuite@1.4.0:models/robots/robot_model.py:77
void SetJointAttributes(pugi::xml_node worldbody) {
  std::vector<pugi::xml_node> joints;
  VisitElements(worldbody, [&](pugi::xml_node element) {
    if (std::string_view(element.name()) == "joint") joints.push_back(element);
  });
  LIBERO_CHECK(joints.size() == kJointDamping.size());
  const auto set = [](pugi::xml_node joint, const char* name, double value) {
    SetAttribute(joint, name, FormatNumbers({&value, 1}));
  };
  for (size_t i = 0; i < joints.size(); ++i) {
    if (!joints[i].attribute("frictionloss")) set(joints[i], "frictionloss", kFrictionLoss);
    if (!joints[i].attribute("armature")) {
      set(joints[i], "armature", kArmature / static_cast<double>(i + 1));
    }
    set(joints[i], "damping", kJointDamping[i]);
  }
}

void SetPosition(pugi::xml_node body, const Vector3& p) {
  SetAttribute(body, "pos", FormatNumbers(p));
}

Vector3 Subtract(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

Vector3 Add(const Vector3& a, const Vector3& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}

}  // namespace

Mjcf LoadPanda(const std::filesystem::path& data_root, PandaBase base, const Vector3& p_WB) {
  Part arm = LoadPart(data_root, "robots/panda/robot.xml", "robot0_", kRobotRgba);
  SetJointAttributes(arm.mjcf.section("worldbody"));

  // base: its top carries the arm's root body
  const bool on_pedestal = base == PandaBase::kPedestal;
  Part mount =
      LoadPart(data_root, on_pedestal ? "mounts/rethink_mount.xml" : "mounts/null_mount.xml",
               "mount0_", kMountRgba);
  const Vector3 mount_top = {0, 0, on_pedestal ? -0.01 : 0.0};
  SetPosition(mount.root_body, Subtract(arm.base_offset, mount_top));
  arm.mjcf.Merge(mount.mjcf, arm.root_body);

  // gripper
  const Part gripper = LoadPart(data_root, "grippers/panda_gripper.xml", "gripper0_", kGripperRgba);
  const pugi::xml_node hand = FindElement(arm.mjcf.root(), "body", "robot0_right_hand");
  LIBERO_CHECK(hand);
  arm.mjcf.Merge(gripper.mjcf, hand);

  const Vector3 bottom = Add(Subtract(mount.base_offset, mount_top), arm.base_offset);
  SetPosition(arm.root_body, Subtract(p_WB, bottom));
  return std::move(arm.mjcf);
}

}  // namespace libero
