#include "tasks/workspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"
#include "tasks/object_catalogue.h"

namespace libero {
namespace {

using Quaternion = std::array<double, 4>;

constexpr std::array<double, 3> kTableFullSize = {1.0, 1.2, 0.05};  // m
constexpr double kZoneHalfHeight = 0.007;                           // m

constexpr Quaternion kTableView = {0.6380177736282349, 0.3048497438430786, 0.30484986305236816,
                                   0.6380177736282349};
constexpr Quaternion kLowView = {0.6182166934013367, 0.3432307541370392, 0.3432314395904541,
                                 0.6182177066802979};
constexpr Quaternion kFrontView = {0.56, 0.43, 0.43, 0.56};
constexpr Quaternion kPaperView = {0.513, 0.353, 0.443, 0.645};

CameraSpec GalleryView() {
  return {"galleryview",
          {2.844547668904445, 2.1279684793440667, 3.128616846013882},
          {0.42261379957199097, 0.23374411463737488, 0.41646939516067505, 0.7702690958976746}};
}

Workspace Tabletop() {
  return {.problem = "libero_tabletop_manipulation",
          .robot_base = PandaBase::kPedestal,
          .p_WB = {-0.16 - 1.0 / 2, 0, 0},
          .scene = "libero_tabletop_base_style.xml",
          .floor_texture = "light-gray-floor-tile.png",
          .wall_texture = "light-gray-plaster.png",
          .table_friction = {{0.6, 0.005, 0.0001}},
          .offset = {0, 0, 0.90},
          .zone_body = "table",
          .zone_offset = {0, 0, 0.02},
          .fixture_z = 0.01 - 0.05,
          .objects_inside_regions = true,
          .cameras = {{{"agentview", {0.6586131746834771, 0.0, 1.6103500240372423}, kTableView},
                       {"frontview", {1.0, 0.0, 1.48}, kFrontView},
                       GalleryView()}}};
}

Workspace Kitchen() {
  return {.problem = "libero_kitchen_tabletop_manipulation",
          .robot_base = PandaBase::kPedestal,
          .p_WB = {-0.16 - 1.0 / 2, 0, 0},
          .scene = "libero_kitchen_tabletop_base_style.xml",
          .floor_texture = "gray_ceramic_tile.png",
          .wall_texture = "yellow_linen_wall_texture.png",
          .table_friction = {{1, 0.005, 0.0001}},
          .offset = {0, 0, 0.90},
          .zone_body = "table",
          .zone_offset = {0, 0, 0.90 + -0.90},
          .fixture_z = 0.01 - 0.05,
          .objects_inside_regions = false,
          .cameras = {{{"agentview", {0.6586131746834771, 0.0, 1.6103500240372423}, kTableView},
                       {"frontview", {1.0, 0.0, 1.48}, kFrontView},
                       GalleryView(),
                       {"paperview", {2.1, 0.535, 2.075}, kPaperView}}}};
}

Workspace LivingRoom() {
  return {.problem = "libero_living_room_tabletop_manipulation",
          .robot_base = PandaBase::kOnTheGround,
          .p_WB = {-0.16 - 0.70 / 2, 0, 0.42},
          .scene = "libero_living_room_tabletop_base_style.xml",
          .floor_texture = "seamless_wood_planks_floor.png",
          .wall_texture = "light-gray-plaster.png",
          .table_friction = {},
          .offset = {0, 0, 0.41},
          .zone_body = "living_room_table",
          .zone_offset = {0, 0, 0.41},
          .fixture_z = 0.01 - 0.024,
          .objects_inside_regions = false,
          .cameras = {{{"agentview", {0.6065773716836134, 0.0, 0.96}, kLowView},
                       {"frontview", {1.5, 0.0, 0.9}, kFrontView},
                       GalleryView(),
                       {"paperview", {2.1, 0.735, 1.875}, kPaperView}}}};
}

Workspace Study() {
  return {.problem = "libero_study_tabletop_manipulation",
          .robot_base = PandaBase::kPedestal,
          .p_WB = {-0.25 - 1.0 / 2, 0, 0},
          .scene = "libero_study_base_style.xml",
          .floor_texture = "light-gray-floor-tile.png",
          .wall_texture = "light-gray-plaster.png",
          .table_friction = {},
          .offset = {-0.2, 0, 0.867},
          .zone_body = "study_table",
          .zone_offset = {-0.2, 0, 0.867},
          .fixture_z = 0.01 - 0.05,
          .objects_inside_regions = false,
          .cameras = {{{"agentview", {0.4586131746834771, 0.0, 1.6103500240372423}, kTableView},
                       {"frontview", {1.0, 0.0, 1.48}, kFrontView},
                       GalleryView(),
                       {"paperview", {2.1, 0.535, 2.075}, kPaperView}}}};
}

Workspace Floor() {
  return {.problem = "libero_floor_manipulation",
          .robot_base = PandaBase::kOnTheGround,
          .p_WB = {-0.6, 0, 0},
          .scene = "libero_floor_base_style.xml",
          .floor_texture = "light-gray-floor-tile.png",
          .wall_texture = "light-gray-plaster.png",
          .table_friction = {},
          .offset = {0, 0, -0.035},
          .zone_body = "floor",
          .zone_offset = {0, 0, 0.02},
          .fixture_z = -0.025,
          .objects_inside_regions = true,
          .cameras = {{{"agentview", {0.8965773716836134, 5.216182733499864e-07, 0.65}, kLowView},
                       {"frontview", {1.0, 0.0, 0.65}, kFrontView},
                       GalleryView()}}};
}

const std::array<Workspace, 5>& Workspaces() {
  static const std::array<Workspace, 5> workspaces = {Tabletop(), Kitchen(), LivingRoom(), Study(),
                                                      Floor()};
  return workspaces;
}

// The regions of the workspace itself, as sites. The first rectangle of a region counts.
std::vector<ZoneSpec> MakeZones(const Problem& problem, const Workspace& workspace) {
  std::vector<ZoneSpec> zones;
  for (const Region& region : problem.regions) {
    if (region.name.find(problem.workspace) == std::string::npos) continue;
    const Rectangle& r = region.ranges.at(0);
    zones.push_back(
        {.name = region.name,
         .p = {(r.x_max + r.x_min) / 2 + workspace.zone_offset[0],
               (r.y_max + r.y_min) / 2 + workspace.zone_offset[1], workspace.zone_offset[2]},
         .half_size = {(r.x_max - r.x_min) / 2, (r.y_max - r.y_min) / 2, kZoneHalfHeight},
         .rgba = region.rgba});
  }
  return zones;
}

void AddObjects(const std::vector<InstanceGroup>& groups, bool is_fixture, std::string_view skipped,
                std::vector<ObjectSpec>& objects) {
  for (const InstanceGroup& group : groups) {
    for (const std::string& instance : group.instances) {
      if (instance == skipped) continue;
      objects.push_back({.name = instance,
                         .mjcf = MjcfFile(FindObjectCategory(group.category)),
                         .is_fixture = is_fixture});
    }
  }
}

}  // namespace

const Workspace& FindWorkspace(const Problem& problem) {
  const auto& workspaces = Workspaces();
  const auto found = std::ranges::find(workspaces, problem.name, &Workspace::problem);
  if (found == workspaces.end()) {
    throw Error(fmt::format("{}: no workspace for the problem class '{}'", problem.file_name,
                            problem.name));
  }
  return *found;
}

SceneSpec MakeSceneSpec(const Problem& problem) {
  const Workspace& workspace = FindWorkspace(problem);
  SceneSpec spec;
  spec.arena = {.mjcf = fmt::format("assets/scenes/{}", workspace.scene),
                .floor_texture = std::string(workspace.floor_texture),
                .wall_texture = std::string(workspace.wall_texture),
                .table = {},
                .zone_body = std::string(workspace.zone_body),
                .zones = MakeZones(problem, workspace),
                .cameras = {}};
  if (workspace.table_friction) {
    spec.arena.table = TableSpec{kTableFullSize, workspace.offset, *workspace.table_friction};
  }
  for (const CameraSpec& camera : workspace.cameras) {
    if (!camera.name.empty()) spec.arena.cameras.push_back(camera);
  }
  spec.robot_base = workspace.robot_base;
  spec.p_WB = workspace.p_WB;
  AddObjects(problem.objects, false, "", spec.objects);
  AddObjects(problem.fixtures, true, problem.workspace, spec.objects);
  return spec;
}

}  // namespace libero
