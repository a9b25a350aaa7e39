#include "tasks/reset_sampler.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"
#include "sim/panda.h"
#include "tasks/workspace.h"

namespace libero {
namespace {

int QposAddress(const mjModel& model, const std::string& joint) {
  const int id = mj_name2id(&model, mjOBJ_JOINT, joint.c_str());
  LIBERO_CHECK(id >= 0);
  return model.jnt_qposadr[id];
}

// The range that `predicate` draws from, or null if it is not about a state of joints.
const JointRange* FindRange(const std::string& predicate, const Articulation& articulation) {
  const auto get = [](const std::optional<JointRange>& range) {
    return range ? &*range : nullptr;
  };
  if (predicate == "open") return get(articulation.open);
  if (predicate == "close") return get(articulation.close);
  if (predicate == "turnon") return get(articulation.turn_on);
  if (predicate == "turnoff") return get(articulation.turn_off);
  return nullptr;
}

// The joints of an object, or of the part of it that carries the site of that name.
const std::vector<std::string>* FindJoints(const std::vector<ObjectModel>& objects,
                                           const std::string& name, const ObjectModel*& owner) {
  const std::vector<std::string>* joints = nullptr;
  for (const ObjectModel& object : objects) {
    if (object.name == name) {
      owner = &object;
      return &object.joints;
    }
    for (const PartSite& site : object.part_sites) {
      if (site.name != name) continue;
      owner = &object;
      joints = &site.joints;
    }
  }
  return joints;
}

}  // namespace

ResetSampler::ResetSampler(const Problem& problem, const mjModel& model,
                           const std::vector<ObjectModel>& objects, uint32_t seed)
    : model_(&model),
      seed_(seed),
      random_(seed),
      rules_(MakePlacementRules(problem, objects)),
      origin_(FindWorkspace(problem).offset),
      joint_draws_(MakeJointDraws(problem, objects)) {
  for (int i = 1; i <= 7; ++i) {
    robot_qpos_addresses_.push_back(QposAddress(model, fmt::format("robot0_joint{}", i)));
  }
  for (int i = 1; i <= 2; ++i) {
    robot_qpos_addresses_.push_back(QposAddress(model, fmt::format("gripper0_finger_joint{}", i)));
  }
  if (std::ranges::any_of(rules_, [](const PlacementRule& rule) { return !rule.site.empty(); })) {
    scratch_.reset(mj_makeData(&model));
  }
}

std::vector<ResetSampler::JointDraw> ResetSampler::MakeJointDraws(
    const Problem& problem, const std::vector<ObjectModel>& objects) const {
  std::vector<JointDraw> draws;
  for (const Predicate& state : problem.init) {
    if (state.arguments.size() != 1) continue;
    const ObjectModel* owner = nullptr;
    const std::vector<std::string>* joints = FindJoints(objects, state.arguments[0], owner);
    if (joints == nullptr) continue;
    const InstanceGroup* group = FindCategory(problem, owner->name);
    LIBERO_CHECK(group != nullptr);
    const Articulation* articulation = FindObjectCategory(group->category).articulation;
    const JointRange* range = articulation ? FindRange(state.name, *articulation) : nullptr;
    if (range == nullptr) {
      throw Error(fmt::format("{}: a '{}' cannot start in the state '{}'", problem.file_name,
                              group->category, state.name));
    }
    JointDraw& draw = draws.emplace_back(JointDraw{{}, *range});
    for (const std::string& joint : *joints) {
      draw.qpos_addresses.push_back(QposAddress(*model_, joint));
    }
  }
  return draws;
}

const ResetState& ResetSampler::Sample(int index) {
  if (index < 1) throw Error(fmt::format("reset index: expected 1 or more, got {}", index));
  if (index < index_) {
    random_ = NumpyRandom(seed_);
    index_ = attempts_ = 0;
  }
  while (index_ < index) Next();
  return state_;
}

void ResetSampler::Next() {
  while (!TryReset()) {
  }
  ++index_;
}

bool ResetSampler::TryReset() {
  ++attempts_;
  std::vector<double>& qpos = state_.qpos;
  qpos.assign(model_->qpos0, model_->qpos0 + model_->nq);

  // robot: its noise has magnitude 0, but is drawn
  for (size_t i = 0; i < kPandaInitQpos.size(); ++i) (void)random_.StandardNormal();
  for (size_t i = 0; i < robot_qpos_addresses_.size(); ++i) {
    qpos[static_cast<size_t>(robot_qpos_addresses_[i])] =
        i < kPandaInitQpos.size() ? kPandaInitQpos[i]
                                  : kPandaGripperInitQpos[i - kPandaInitQpos.size()];
  }

  // joints: the Python stack collects its samplers anew at construction and at every reset, and
  // draws from all of them; the last draw counts
  for (int collection = 0; collection <= attempts_; ++collection) {
    for (const JointDraw& draw : joint_draws_) {
      const double position = random_.Uniform(draw.range.low, draw.range.high);
      for (const int address : draw.qpos_addresses) qpos[static_cast<size_t>(address)] = position;
    }
  }

  // objects and fixtures
  if (scratch_) {
    std::ranges::copy(qpos, scratch_->qpos);
    mj_kinematics(model_, scratch_.get());
  }
  const auto site_position = [this](const std::string& site) {
    const int id = mj_name2id(model_, mjOBJ_SITE, site.c_str());
    LIBERO_CHECK(id >= 0);
    const double* p = scratch_->site_xpos + 3 * static_cast<ptrdiff_t>(id);
    return std::array{p[0], p[1], p[2]};
  };
  std::vector<PlacedObject> placed;
  if (!PlaceObjects(rules_, origin_, site_position, random_, placed)) return false;
  state_.fixtures.clear();
  for (const PlacedObject& thing : placed) {
    if (thing.object->is_fixture) {
      const int body_id = mj_name2id(model_, mjOBJ_BODY, thing.object->root_body.c_str());
      state_.fixtures.push_back({body_id, thing.p_WO, thing.quaternion});
    } else {
      const int address = QposAddress(*model_, thing.object->joints.back());
      std::ranges::copy(thing.p_WO, qpos.begin() + address);
      std::ranges::copy(thing.quaternion, qpos.begin() + address + 3);
    }
  }
  return true;
}

}  // namespace libero
