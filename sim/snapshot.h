#pragma once

#include <vector>

#include "sim/world.h"

namespace libero {

// What sensors and cameras can see of a world at one instant: copies of the mjData arrays of these
// names, and the sites' colours. About 40 KB; taking one costs some µs, so that a picture of a
// moment can be drawn later, or never.
struct Snapshot {
  std::vector<double> qpos;        // (nq)
  std::vector<double> qvel;        // (nv)
  std::vector<double> xpos;        // (nbody, 3) m
  std::vector<double> xquat;       // (nbody, 4) wxyz
  std::vector<double> geom_xpos;   // (ngeom, 3) m
  std::vector<double> geom_xmat;   // (ngeom, 9)
  std::vector<double> site_xpos;   // (nsite, 3) m
  std::vector<double> site_xmat;   // (nsite, 9)
  std::vector<double> cam_xpos;    // (ncam, 3) m
  std::vector<double> cam_xmat;    // (ncam, 9)
  std::vector<double> light_xpos;  // (nlight, 3) m
  std::vector<double> light_xdir;  // (nlight, 3)
  std::vector<float> site_rgba;    // (nsite, 4)
};

// Copies the world as it is, derived quantities included, which may belong to an earlier state than
// qpos: see Observation. Allocates only the first time.
void TakeSnapshot(const World& world, Snapshot& snapshot);

}  // namespace libero
