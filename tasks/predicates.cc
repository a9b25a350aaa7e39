#include "tasks/predicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "sim/base/check.h"
#include "tasks/object_catalogue.h"

namespace libero {
namespace {

using Vector = std::array<double, 3>;

constexpr double kOnObjectRadius = 0.03;
constexpr double kOnSiteBelow = 0.005;
constexpr double kOnSiteAbove = 0.10;
constexpr double kInSiteBelow = 0.01;
constexpr double kUpHeight = 1.0;
constexpr double kZoneHalfHeight = 0.007;

constexpr std::array<std::string_view, 5> kUnaryPredicates = {"open", "close", "turnon", "turnoff",
                                                              "up"};

// R v, rounded as numpy does it: OpenBLAS's order of operations on x86-64 with FMA.
Vector Rotate(const double* R, const Vector& v) {
  Vector result{};
  for (size_t i = 0; i < 3; ++i) {
    const double* row = R + 3 * i;
    result[i] = std::fma(row[2], v[2], std::fma(row[0], v[0], row[1] * v[1]));
  }
  return result;
}

// The length of (x, y), rounded as numpy.linalg.norm does it.
double Norm(double x, double y) {
  return std::sqrt(std::fma(y, y, x * x));
}

bool NeedsAllJoints(std::string_view predicate) {
  return predicate == "close" || predicate == "turnoff";
}

}  // namespace

// Turns names into ids of the model.
class PredicateChecker::Resolver {
 public:
  Resolver(const Problem& problem, const std::vector<ObjectModel>& objects, const mjModel& model)
      : problem_(problem), workspace_(problem.workspace), objects_(objects), model_(model) {}

  [[nodiscard]] Claim Resolve(const Predicate& predicate) const {
    const std::string& name = predicate.name;
    if (name == "on" || name == "in") {
      CheckNumArguments(predicate, 2);
      return ResolvePlace(predicate);
    }
    const auto* const known = std::ranges::find(kUnaryPredicates, name);
    if (known == kUnaryPredicates.end()) {
      Fail(predicate.position, fmt::format("unknown predicate '{}'", name));
    }
    CheckNumArguments(predicate, 1);
    if (name == "up") return ResolveUp(predicate);
    return ResolveJointState(predicate);
  }

 private:
  [[noreturn]] void Fail(SourcePosition position, const std::string& message,
                         const std::string& hint = "") const {
    throw Error(fmt::format("{}:{}:{}: error: {}", problem_.file_name, position.line,
                            position.column, message),
                hint);
  }

  void CheckNumArguments(const Predicate& predicate, size_t expected) const {
    if (predicate.arguments.size() == expected) return;
    Fail(predicate.position, fmt::format("'{}': expected {} arguments, got {}", predicate.name,
                                         expected, predicate.arguments.size()));
  }

  // A predicate that was not read from a file may have no positions of its arguments.
  static SourcePosition PositionOf(const Predicate& predicate, size_t argument) {
    return argument < predicate.argument_positions.size() ? predicate.argument_positions[argument]
                                                          : predicate.position;
  }

  [[nodiscard]] int FindObject(std::string_view name) const {
    const auto found = std::ranges::find(objects_, name, &ObjectModel::name);
    return found == objects_.end() ? -1 : static_cast<int>(found - objects_.begin());
  }

  [[nodiscard]] const ObjectModel& object(int index) const {
    return objects_[static_cast<size_t>(index)];
  }

  // The part site of that name, and the object it is on; null if there is none. Of several the last
  // one counts, as in the Python stack.
  [[nodiscard]] const PartSite* FindPartSite(std::string_view name, int& owner) const {
    const PartSite* found = nullptr;
    for (size_t i = 0; i < objects_.size(); ++i) {
      for (const PartSite& site : objects_[i].part_sites) {
        if (site.name != name) continue;
        found = &site;
        owner = static_cast<int>(i);
      }
    }
    return found;
  }

  // Null unless the name is that of a region of the workspace.
  [[nodiscard]] const Region* FindZone(std::string_view name) const {
    const Region* region = FindRegion(problem_, name);
    return region != nullptr && name.find(workspace_) != std::string_view::npos ? region : nullptr;
  }

  [[nodiscard]] int RequireObject(const Predicate& predicate, size_t argument) const {
    const std::string& name = predicate.arguments[argument];
    const int index = FindObject(name);
    if (index >= 0) return index;
    Fail(PositionOf(predicate, argument),
         fmt::format("'{}' needs an object here, '{}' is none", predicate.name, name));
  }

  // Only names that regions declare are sites to the Python stack.
  [[nodiscard]] Site RequireSite(const Predicate& predicate, size_t argument) const {
    const std::string& name = predicate.arguments[argument];
    const SourcePosition position = PositionOf(predicate, argument);
    Site site;
    site.id = mj_name2id(&model_, mjOBJ_SITE, name.c_str());
    if (const Region* zone = FindZone(name); zone != nullptr && !zone->ranges.empty()) {
      const Rectangle& r = zone->ranges[0];
      site.half_size = {(r.x_max - r.x_min) / 2, (r.y_max - r.y_min) / 2, kZoneHalfHeight};
    } else {
      const PartSite* part = FindPartSite(name, site.object);
      if (part == nullptr || FindRegion(problem_, name) == nullptr) {
        Fail(position, fmt::format("'{}' is neither an object nor a region of the scene", name));
      }
      if (part->half_size.size() != 3) {
        Fail(position, fmt::format("region '{}': expected a site with 3 sizes, got {}", name,
                                   part->half_size.size()));
      }
      std::ranges::copy(part->half_size, site.half_size.begin());
    }
    if (site.id < 0) Fail(position, fmt::format("the model has no site '{}'", name));
    return site;
  }

  [[nodiscard]] Claim ResolvePlace(const Predicate& predicate) const {
    const int thing = RequireObject(predicate, 0);
    const int place = FindObject(predicate.arguments[1]);
    if (predicate.name == "on" && place >= 0) return OnObject{thing, place};
    if (place >= 0) {
      Fail(PositionOf(predicate, 1),
           fmt::format("nothing can be in the object '{}' itself", predicate.arguments[1]),
           "name one of its regions");
    }
    const Site site = RequireSite(predicate, 1);
    if (predicate.name == "on") return OnSite{thing, site};
    return InSite{thing, site};
  }

  [[nodiscard]] Claim ResolveUp(const Predicate& predicate) const {
    const int thing = FindObject(predicate.arguments[0]);
    if (thing < 0) return Up{true, RequireSite(predicate, 0).id};
    return Up{false, mj_name2id(&model_, mjOBJ_BODY, object(thing).root_body.c_str())};
  }

  [[nodiscard]] Claim ResolveJointState(const Predicate& predicate) const {
    const std::string& name = predicate.arguments[0];
    const SourcePosition position = PositionOf(predicate, 0);
    int owner = FindObject(name);
    if (owner < 0 && (predicate.name == "turnon" || predicate.name == "turnoff")) {
      owner = RequireObject(predicate, 0);
    }
    std::vector<std::string> joints;
    if (owner >= 0) {
      joints = object(owner).joints;
    } else {
      const PartSite* part = FindPartSite(name, owner);
      if (part == nullptr || FindRegion(problem_, name) == nullptr || FindZone(name) != nullptr) {
        Fail(position, fmt::format("'{}' is neither an object nor a region of one", name));
      }
      joints = part->joints;
    }

    JointState state;
    state.needs_all = NeedsAllJoints(predicate.name);
    if (!joints.empty()) SetBound(predicate, object(owner), state);
    for (const std::string& joint : joints) {
      const int id = mj_name2id(&model_, mjOBJ_JOINT, joint.c_str());
      if (id < 0) Fail(position, fmt::format("the model has no joint '{}'", joint));
      if (model_.jnt_type[id] != mjJNT_HINGE && model_.jnt_type[id] != mjJNT_SLIDE) {
        Fail(position, fmt::format("'{}' is free to move: its position is not one number", name));
      }
      state.qpos_addresses.push_back(model_.jnt_qposadr[id]);
    }
    return state;
  }

  // A thing opens towards the side where its range of open positions is.
  void SetBound(const Predicate& predicate, const ObjectModel& object, JointState& state) const {
    const InstanceGroup* group = FindCategory(problem_, object.name);
    LIBERO_CHECK(group != nullptr);
    const Articulation* ranges = FindObjectCategory(group->category).articulation;
    const std::string& name = predicate.name;
    if (ranges != nullptr && ranges->open && ranges->close && (name == "open" || name == "close")) {
      const JointRange& range = name == "open" ? *ranges->open : *ranges->close;
      const JointRange& other = name == "open" ? *ranges->close : *ranges->open;
      const bool is_lower_side = range.low < other.low;
      state.bound = is_lower_side ? JointState::Bound::kBelow : JointState::Bound::kAbove;
      state.limit = is_lower_side ? range.high : range.low;
    } else if (ranges != nullptr && ranges->turn_on && name == "turnon") {
      state.bound = JointState::Bound::kAtLeast;
      state.limit = ranges->turn_on->low;
    } else if (ranges != nullptr && ranges->turn_off && name == "turnoff") {
      state.bound = JointState::Bound::kBelow;
      state.limit = ranges->turn_off->high;
    } else {
      Fail(predicate.position,
           fmt::format("'{}' is no state that a '{}' can have", name, group->category));
    }
  }

  const Problem& problem_;
  std::string_view workspace_;
  const std::vector<ObjectModel>& objects_;
  const mjModel& model_;
};

PredicateChecker::PredicateChecker(const Problem& problem, const std::vector<Predicate>& predicates,
                                   const std::vector<ObjectModel>& objects, const mjModel& model)
    : object_of_geom_(static_cast<size_t>(model.ngeom), -1) {
  for (const ObjectModel& object : objects) {
    for (const std::string& geom : object.contact_geoms) {
      const int id = mj_name2id(&model, mjOBJ_GEOM, geom.c_str());
      LIBERO_CHECK(id >= 0);
      object_of_geom_[static_cast<size_t>(id)] = static_cast<int>(body_ids_.size());
    }
    body_ids_.push_back(mj_name2id(&model, mjOBJ_BODY, object.root_body.c_str()));
    LIBERO_CHECK(body_ids_.back() >= 0);
  }
  const Resolver resolver(problem, objects, model);
  claims_.reserve(predicates.size());
  for (const Predicate& predicate : predicates) claims_.push_back(resolver.Resolve(predicate));
}

bool PredicateChecker::Holds(const World& world, int index) const {
  LIBERO_CHECK(index >= 0 && index < num_predicates());
  return std::visit([&](const auto& claim) { return Holds(world, claim); },
                    claims_[static_cast<size_t>(index)]);
}

std::vector<bool> PredicateChecker::Values(const World& world) const {
  std::vector<bool> values(claims_.size());
  for (int i = 0; i < num_predicates(); ++i) values[static_cast<size_t>(i)] = Holds(world, i);
  return values;
}

int PredicateChecker::NumHolding(const World& world) const {
  int num_holding = 0;
  for (int i = 0; i < num_predicates(); ++i) num_holding += Holds(world, i) ? 1 : 0;
  return num_holding;
}

bool PredicateChecker::AllHold(const World& world) const {
  for (int i = 0; i < num_predicates(); ++i) {
    if (!Holds(world, i)) return false;
  }
  return true;
}

const double* PredicateChecker::Position(const World& world, int object) const {
  return world.data().xpos + 3 * static_cast<ptrdiff_t>(body_ids_[static_cast<size_t>(object)]);
}

// source: robosuite@1.4.0:environments/base.py:562
bool PredicateChecker::Touch(const World& world, int object_1, int object_2) const {
  const auto object_of = [this](int geom) {  // geom < 0: the contact is of another kind of body
    return geom < 0 ? -1 : object_of_geom_[static_cast<size_t>(geom)];
  };
  const mjData& data = world.data();
  for (int i = 0; i < data.ncon; ++i) {
    const int a = object_of(data.contact[i].geom[0]);
    const int b = object_of(data.contact[i].geom[1]);
    if ((a == object_1 && b == object_2) || (a == object_2 && b == object_1)) return true;
  }
  return false;
}

bool PredicateChecker::Holds(const World& world, const OnObject& on) const {
  const double* p = Position(world, on.object);
  const double* q = Position(world, on.support);
  return q[2] <= p[2] && Norm(q[0] - p[0], q[1] - p[1]) < kOnObjectRadius &&
         Touch(world, on.support, on.object);
}

bool PredicateChecker::Holds(const World& world, const OnSite& on) const {
  const double* p = Position(world, on.object);
  const double* q = world.data().site_xpos + 3 * static_cast<ptrdiff_t>(on.support.id);
  const double* R = world.data().site_xmat + 9 * static_cast<ptrdiff_t>(on.support.id);
  const Vector& half = on.support.half_size;
  // differs from geometry: R is not transposed
  const Vector d = Rotate(R, {p[0] - q[0], p[1] - q[1], p[2] - q[2]});
  if (!(half[2] - kOnSiteBelow < d[2] && d[2] < half[2] + kOnSiteAbove)) return false;
  if (!(std::abs(d[0]) < half[0] && std::abs(d[1]) < half[1])) return false;
  return on.support.object < 0 || Touch(world, on.support.object, on.object);
}

bool PredicateChecker::Holds(const World& world, const InSite& in) const {
  const double* p = Position(world, in.object);
  const double* q = world.data().site_xpos + 3 * static_cast<ptrdiff_t>(in.container.id);
  const double* R = world.data().site_xmat + 9 * static_cast<ptrdiff_t>(in.container.id);
  const Vector half = Rotate(R, in.container.half_size);
  for (size_t i = 0; i < 3; ++i) {
    const double upper = q[i] + std::abs(half[i]);
    const double lower = q[i] - std::abs(half[i]) - (i == 2 ? kInSiteBelow : 0);
    if (!(p[i] > lower && p[i] < upper)) return false;
  }
  return true;
}

bool PredicateChecker::Holds(const World& world, const Up& up) const {
  const double* positions = up.is_site ? world.data().site_xpos : world.data().xpos;
  return positions[3 * static_cast<ptrdiff_t>(up.id) + 2] >= kUpHeight;
}

bool PredicateChecker::Holds(const World& world, const JointState& state) const {
  const auto is_beyond = [&](int address) {
    const double q = world.data().qpos[address];
    switch (state.bound) {
      case JointState::Bound::kBelow:
        return q < state.limit;
      case JointState::Bound::kAbove:
        return q > state.limit;
      case JointState::Bound::kAtLeast:
        return q >= state.limit;
    }
    return false;
  };
  return state.needs_all ? std::ranges::all_of(state.qpos_addresses, is_beyond)
                         : std::ranges::any_of(state.qpos_addresses, is_beyond);
}

}  // namespace libero
