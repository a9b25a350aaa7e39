#include "tasks/visual_state.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "sim/base/check.h"
#include "tasks/object_catalogue.h"

namespace libero {
namespace {

constexpr std::string_view kGripperPrefix = "gripper0_";

int Id(const mjModel& model, mjtObj type, const std::string& name) {
  const int id = mj_name2id(&model, type, name.c_str());
  LIBERO_CHECK(id >= 0);
  return id;
}

// Null for a thing that cannot be turned on.
const JointRange* TurnOnRange(const Problem& problem, const ObjectModel& object) {
  const InstanceGroup* group = FindCategory(problem, object.name);
  LIBERO_CHECK(group != nullptr);
  const Articulation* articulation = FindObjectCategory(group->category).articulation;
  return articulation != nullptr && articulation->turn_on ? &*articulation->turn_on : nullptr;
}

}  // namespace

VisualState::VisualState(const Problem& problem, const std::vector<ObjectModel>& objects,
                         const mjModel& model) {
  for (const ObjectModel& object : objects) {
    for (const std::string& site : object.sites) {
      marker_sites_.push_back(Id(model, mjOBJ_SITE, site));
    }
    const JointRange* range = TurnOnRange(problem, object);
    if (range == nullptr) continue;
    Burner burner{.site_id = Id(model, mjOBJ_SITE, object.name + "_burner"),
                  .qpos_addresses = {},
                  .on_from = range->low};
    for (const std::string& joint : object.joints) {
      burner.qpos_addresses.push_back(model.jnt_qposadr[Id(model, mjOBJ_JOINT, joint)]);
    }
    burners_.push_back(std::move(burner));
  }
  for (int i = 0; i < model.nsite; ++i) {
    const char* name = mj_id2name(&model, mjOBJ_SITE, i);
    if (name != nullptr && std::string_view(name).starts_with(kGripperPrefix)) {
      marker_sites_.push_back(i);
    }
  }
}

void VisualState::Reset(World& world) const {
  for (const int site : marker_sites_) {
    float& alpha = world.site_rgba(site)[3];
    if (alpha > 0) alpha = -alpha;
  }
}

void VisualState::Update(World& world) const {
  for (const Burner& burner : burners_) {
    const bool is_on = std::ranges::any_of(burner.qpos_addresses, [&](int address) {
      return world.data().qpos[address] >= burner.on_from;
    });
    float& alpha = world.site_rgba(burner.site_id)[3];
    if (is_on != (alpha > 0)) alpha = 1 - alpha;
  }
}

}  // namespace libero
