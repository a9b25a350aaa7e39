#include "tasks/experts/subgoal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace libero {
namespace {

using Eigen::Vector3d;
using Kind = Subgoal::Kind;

constexpr double kOnObjectRadius = 0.03;  // see PredicateChecker
constexpr double kZoneHalfHeight = 0.007;

Kind KindOf(const std::string& predicate) {
  static const std::array<std::pair<std::string, Kind>, 6> kKinds = {{{"open", Kind::kOpen},
                                                                      {"close", Kind::kClose},
                                                                      {"turnon", Kind::kTurnOn},
                                                                      {"turnoff", Kind::kTurnOff},
                                                                      {"on", Kind::kOn},
                                                                      {"in", Kind::kIn}}};
  const auto* const found =
      std::ranges::find(kKinds, predicate, &std::pair<std::string, Kind>::first);
  return found == kKinds.end() ? Kind::kUnknown : found->second;
}

// The part of an object that has this name, and the object.
struct PartOf {
  const PartSite* part = nullptr;
  int object = -1;
};

PartOf FindPart(const Workcell& cell, const std::string& name) {
  PartOf found;
  for (size_t i = 0; i < cell.objects().size(); ++i) {
    for (const PartSite& part : cell.objects()[i].part_sites) {
      if (part.name == name) found = {&part, static_cast<int>(i)};
    }
  }
  return found;
}

int JointId(const Workcell& cell, const std::vector<std::string>& joints) {
  if (joints.empty()) return -1;
  return mj_name2id(&cell.env().world().model(), mjOBJ_JOINT, joints[0].c_str());
}

// Where something is put: on an object, at a part of one, or in a region of the table.
void ResolvePlace(const Workcell& cell, const std::string& name, Subgoal& subgoal) {
  subgoal.support = cell.FindObject(name);
  if (subgoal.support >= 0) return;
  subgoal.site = mj_name2id(&cell.env().world().model(), mjOBJ_SITE, name.c_str());
  if (const PartOf place = FindPart(cell, name); place.part != nullptr) {
    subgoal.support = place.object;
    subgoal.half =
        Vector3d(place.part->half_size[0], place.part->half_size[1], place.part->half_size[2]);
    subgoal.joint = JointId(cell, place.part->joints);
  } else if (const Region* zone = FindRegion(cell.env().setup().problem, name)) {
    const Rectangle& r = zone->ranges.at(0);
    subgoal.half = Vector3d((r.x_max - r.x_min) / 2, (r.y_max - r.y_min) / 2, kZoneHalfHeight);
  }
}

// What is moved by its own joint: a whole fixture, or the one of its parts that is named.
void ResolveJoint(const Workcell& cell, const std::string& name, Subgoal& subgoal) {
  subgoal.object = cell.FindObject(name);
  if (subgoal.object >= 0) {
    subgoal.joint = JointId(cell, cell.objects()[static_cast<size_t>(subgoal.object)].joints);
  } else if (const PartOf moved = FindPart(cell, name); moved.part != nullptr) {
    subgoal.object = moved.object;
    subgoal.joint = JointId(cell, moved.part->joints);
  }
}

Subgoal Resolve(const Workcell& cell, const Predicate& predicate, int index) {
  Subgoal subgoal;
  subgoal.kind = KindOf(predicate.name);
  subgoal.predicate = index;
  subgoal.text = ToString(predicate);
  if (subgoal.kind == Kind::kOn || subgoal.kind == Kind::kIn) {
    subgoal.object = cell.FindObject(predicate.arguments[0]);
    ResolvePlace(cell, predicate.arguments[1], subgoal);
  } else if (subgoal.kind != Kind::kUnknown) {
    ResolveJoint(cell, predicate.arguments[0], subgoal);
  }
  return subgoal;
}

bool IsPut(const Subgoal& subgoal) {
  return subgoal.kind == Kind::kOn || subgoal.kind == Kind::kIn;
}

// Small numbers first.
int Rank(const Subgoal& subgoal, const std::vector<Subgoal>& all) {
  if (subgoal.kind == Kind::kClose) {
    const bool holds_something = std::ranges::any_of(all, [&](const Subgoal& other) {
      return IsPut(other) && other.support == subgoal.object && other.kind == Kind::kIn;
    });
    return holds_something ? 100 : 0;
  }
  if (!IsPut(subgoal)) return 1;
  // as many below as things it will stand on, one on the other
  int rank = 2;
  int support = subgoal.support;
  for (size_t i = 0; i < all.size() && support >= 0; ++i) {
    const auto below = std::ranges::find_if(
        all, [&](const Subgoal& other) { return IsPut(other) && other.object == support; });
    if (below == all.end()) break;
    support = below->support;
    ++rank;
  }
  return rank;
}

}  // namespace

std::vector<Subgoal> PlanSubgoals(const Workcell& cell) {
  std::vector<Subgoal> subgoals;
  for (const Predicate& predicate : cell.env().setup().problem.goal) {
    subgoals.push_back(Resolve(cell, predicate, static_cast<int>(subgoals.size())));
  }
  const std::vector<Subgoal> all = subgoals;
  std::ranges::stable_sort(subgoals, {}, [&](const Subgoal& s) { return Rank(s, all); });
  return subgoals;
}

bool FulfilledAt(const Workcell& cell, const Subgoal& subgoal, const Pose& X_WO, double margin) {
  if (subgoal.site < 0) {
    const Vector3d offset = X_WO.p - cell.object(subgoal.support).p;
    return offset.head<2>().norm() < kOnObjectRadius - margin && offset.z() > 0;
  }
  const Pose site = cell.site(subgoal.site);
  const Vector3d offset = X_WO.p - site.p;
  if (subgoal.kind == Kind::kIn) {
    const Vector3d reach = (site.R * subgoal.half).cwiseAbs();
    return std::abs(offset.x()) < reach.x() - margin && std::abs(offset.y()) < reach.y() - margin &&
           offset.z() < reach.z() - margin && offset.z() > -reach.z() - 0.01 + margin;
  }
  const Vector3d d = site.R * offset;
  return std::abs(d.x()) < subgoal.half.x() - margin &&
         std::abs(d.y()) < subgoal.half.y() - margin && d.z() > subgoal.half.z() - 0.005 &&
         d.z() < subgoal.half.z() + 0.10 - margin;
}

}  // namespace libero
