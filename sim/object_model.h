#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/mjcf.h"

namespace libero {

// A box site of an articulated or hollow object ("the top drawer", "the inside of the basket"), the
// joints that move the body it is in, and its half sizes in m.
struct PartSite {
  std::string name;
  std::vector<std::string> joints;
  std::vector<double> half_size;
};

// An object as it stands in a scene: its MJCF, in which every name starts with "<name>_", and what
// placing and judging it needs. Offsets are in m, from the root body's origin, in its frame.
// source: robosuite@1.4.0:models/objects/objects.py:262
struct ObjectModel {
  std::string name;
  bool is_fixture = false;  // has no free joint: placed by writing the model's body pose

  std::string root_body;
  std::vector<std::string> joints;  // in document order; an object's free joint is the last
  std::vector<std::string> sites;
  std::vector<std::string> contact_geoms;  // group 0
  std::vector<std::string> visual_geoms;   // group 1
  std::vector<PartSite> part_sites;

  double bottom_offset = 0;      // z of the bottom, ≤ 0
  double top_offset = 0;         // z of the top
  double horizontal_radius = 0;  // of the circle that no other object's circle may overlap

  Mjcf mjcf;            // its assets are merged into the scene
  pugi::xml_node body;  // in `mjcf`: the body that the scene gets
};

// Loads `data_root / file` as object `name`: the body "object" becomes "<name>_main", unnamed geoms
// are called "<name>_g<index>", a free joint is added unless it is a fixture, and a site at the
// origin. Throws Error if the file does not have the bodies and sites that objects need.
ObjectModel LoadObject(const std::filesystem::path& data_root, const std::string& file,
                       const std::string& name, bool is_fixture);

}  // namespace libero
