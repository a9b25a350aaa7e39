// Truth values of predicates and colours of sites against the Python stack's, for all 290 tasks:
// after a reset, in published init states, and in states made to lie around the predicates' bounds.
// tests/golden/record_predicates.py describes the files and makes the same states.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "sim/model.h"
#include "sim/scene.h"
#include "tasks/init_states.h"
#include "tasks/predicates.h"
#include "tasks/reset_sampler.h"
#include "tasks/suites.h"
#include "tasks/visual_state.h"
#include "tasks/workspace.h"
#include "tests/golden/fingerprint.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

const std::filesystem::path kDataRoot = LIBERO_DEPS_DIR;

struct RecordedState {
  std::string label;
  std::vector<size_t> changed;
};

struct RecordedTask {
  size_t num_candidates = 0;
  int num_init_states = 0;
  std::set<size_t> cannot;
  std::string goal;
  std::string site_rgba;
  std::vector<RecordedState> states;
};

std::vector<RecordedTask> ReadRecords(const std::string& suite) {
  std::ifstream file(fmt::format("{}/predicates/{}.txt", LIBERO_GOLDEN_DIR, suite));
  std::vector<RecordedTask> tasks;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "task") {
      RecordedTask& task = tasks.emplace_back();
      size_t index = 0;
      words >> index >> task.num_candidates >> task.num_init_states;
    } else if (key == "cannot") {
      for (size_t i = 0; words >> i;) tasks.back().cannot.insert(i);
    } else if (key == "goal") {
      words >> tasks.back().goal;
    } else if (key == "site_rgba") {
      words >> tasks.back().site_rgba;
    } else {
      RecordedState& state = tasks.back().states.emplace_back();
      state.label = key;
      for (size_t i = 0; words >> i;) state.changed.push_back(i);
    }
  }
  return tasks;
}

// The names in a task's scene that predicates can be about, in the recorder's order.
struct Names {
  std::vector<std::string> movable;
  std::vector<std::string> fixtures;
  std::vector<std::string> sites;
  std::vector<std::string> things;  // movable, fixtures
};

bool IsZone(const Problem& problem, const Region& region) {
  return region.name.find(problem.workspace) != std::string::npos;
}

Names CollectNames(const Problem& problem, const std::vector<ObjectModel>& objects) {
  Names names;
  std::set<std::string> part_sites;
  for (const ObjectModel& object : objects) {
    (object.is_fixture ? names.fixtures : names.movable).push_back(object.name);
    for (const PartSite& site : object.part_sites) part_sites.insert(site.name);
  }
  names.things = names.movable;
  names.things.insert(names.things.end(), names.fixtures.begin(), names.fixtures.end());
  for (const Region& region : problem.regions) {
    if (IsZone(problem, region) || part_sites.contains(region.name)) {
      names.sites.push_back(region.name);
    }
  }
  return names;
}

std::vector<Predicate> Candidates(const Names& names) {
  std::vector<Predicate> out;
  const auto add = [&out](const char* name, std::vector<std::string> arguments) {
    out.push_back({name, std::move(arguments), {}, {}});
  };
  for (const std::string& a : names.things) {
    for (const std::string& b : names.things) add("on", {a, b});
  }
  for (const std::string& a : names.things) {
    for (const std::string& s : names.sites) {
      add("on", {a, s});
      add("in", {a, s});
    }
  }
  for (const std::string& x : names.fixtures) {
    for (const char* name : {"open", "close", "turnon", "turnoff"}) add(name, {x});
  }
  for (const std::string& x : names.sites) {
    for (const char* name : {"open", "close"}) add(name, {x});
  }
  for (const std::string& x : names.things) add("up", {x});
  for (const std::string& x : names.sites) add("up", {x});
  return out;
}

// splitmix64
class Stream {
 public:
  explicit Stream(uint64_t seed) : state_(seed) {}

  size_t Below(size_t n) {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return (z ^ (z >> 31)) % n;
  }

 private:
  uint64_t state_;
};

constexpr int kRestoreEvery = 8;
constexpr int kJointsEvery = 4;
constexpr double kUlp = 0x1p-52;
constexpr double kEdge = 1e-11;  // nearer to a bound than this, rounding decides
constexpr double kJointValues[] = {
    -2.2,         -1.5, -1.3 - kUlp,   -1.3,       -1.3 + kUlp,   -0.16, -0.14 - kUlp, -0.14,
    -0.14 + kUlp, -0.1, -0.005 - kUlp, -0.005,     -0.005 + kUlp, -kUlp, 0.0,          kUlp,
    0.005,        0.01, 0.1,           0.1 + kUlp, 0.5 - kUlp,    0.5,   0.5 + kUlp,   2.1};
constexpr double kNudges[] = {0.0,    kUlp, -kUlp, 2 * kUlp, -2 * kUlp, 4 * kUlp, -4 * kUlp, 1e-12,
                              -1e-12, 1e-9, -1e-9, 1e-6,     -1e-6,     1e-3,     -1e-3,     5e-3};
constexpr std::array<double, 2> kBesideXy[] = {{0.0, 0.0},  {0.018, 0.024}, {-0.024, 0.018},
                                               {0.03, 0.0}, {0.0, -0.03},   {0.01, 0.02}};
constexpr double kBesideZ[] = {0.0, 1e-9, -1e-9, 0.005, 0.02, 0.05, -0.005, -0.02};

// The hand-made states of one task, from the world's state at construction.
class Chain {
 public:
  Chain(World& world, const Problem& problem, const SceneMjcf& scene, const Names& names,
        uint64_t seed)
      : world_(world),
        problem_(problem),
        scene_(scene),
        names_(names),
        random_(seed),
        base_(world.State()) {
    for (const ObjectModel& object : scene.objects) {
      if (!object.is_fixture) continue;
      for (const std::string& joint : object.joints) joints_.push_back(QposAddress(joint));
    }
  }

  void Step() {
    if (index_ % kRestoreEvery == 0) {
      world_.SetState(base_);
      world_.Forward();
      on_edge_.clear();
    }
    if (!joints_.empty() && index_ % kJointsEvery == kJointsEvery - 1) {
      for (const int address : joints_) world_.data().qpos[address] = Draw(kJointValues);
    } else {
      Place();
    }
    ++index_;
    world_.Forward();
  }

  // Whether the predicate is about an object that was put onto a bound itself, or one of its sites.
  [[nodiscard]] bool IsOnEdge(const Predicate& predicate) const {
    return std::ranges::any_of(on_edge_, [&](const std::string& name) {
      return std::ranges::any_of(predicate.arguments, [&](const std::string& argument) {
        return argument == name || argument.starts_with(name + "_");
      });
    });
  }

 private:
  using Vector = std::array<double, 3>;

  template <typename T, size_t kSize>
  const T& Draw(const T (&values)[kSize]) {
    return values[random_.Below(kSize)];
  }

  int QposAddress(const std::string& joint) const {
    const int id = mj_name2id(&world_.model(), mjOBJ_JOINT, joint.c_str());
    return world_.model().jnt_qposadr[id];
  }

  const ObjectModel& Find(const std::string& name) const {
    return *std::ranges::find(scene_.objects, name, &ObjectModel::name);
  }

  double DrawNudge() {
    const double nudge = Draw(kNudges);
    is_edge_drawn_ = std::abs(nudge) < kEdge;
    return nudge;
  }

  void Place() {
    const std::string& name = names_.movable[random_.Below(names_.movable.size())];
    const size_t target = random_.Below(names_.things.size() + names_.sites.size());
    const Vector p = target < names_.things.size()
                         ? Beside(names_.things[target])
                         : AtSite(names_.sites[target - names_.things.size()]);
    std::ranges::copy(p, world_.data().qpos + QposAddress(Find(name).joints.back()));
    if (is_edge_drawn_) on_edge_.push_back(name);
  }

  Vector Beside(const std::string& thing) {
    const std::string& body = Find(thing).root_body;
    const double* p =
        world_.data().xpos + 3 * mj_name2id(&world_.model(), mjOBJ_BODY, body.c_str());
    const auto& [dx, dy] = Draw(kBesideXy);
    const double scale = 1.0 + DrawNudge();
    return {p[0] + dx * scale, p[1] + dy * scale, p[2] + Draw(kBesideZ)};
  }

  Vector SiteSize(const std::string& name) const {
    const Region& region = *FindRegion(problem_, name);
    if (IsZone(problem_, region)) {
      const Rectangle& r = region.ranges[0];
      return {(r.x_max - r.x_min) / 2, (r.y_max - r.y_min) / 2, 0.007};
    }
    Vector size{};
    for (const ObjectModel& object : scene_.objects) {
      for (const PartSite& site : object.part_sites) {
        if (site.name == name) std::ranges::copy(site.half_size, size.begin());
      }
    }
    return size;
  }

  Vector AtSite(const std::string& site) {
    const int id = mj_name2id(&world_.model(), mjOBJ_SITE, site.c_str());
    const double* p = world_.data().site_xpos + 3 * id;
    const double* m = world_.data().site_xmat + 9 * id;
    const Vector size = SiteSize(site);
    const bool is_on = random_.Below(2) != 0;
    const size_t axis = random_.Below(3);
    const bool is_upper = random_.Below(2) != 0;
    const double nudge = DrawNudge();
    Vector d{};
    if (is_on) {  // around the bounds of On, in the site's axes
      d = {0.25 * size[0], 0.25 * size[1], size[2] + 0.02};
      d[axis] = (is_upper ? size[axis] : -size[axis]) + nudge;
      if (axis == 2) d[2] = (is_upper ? size[2] + 0.10 : size[2] - 0.005) + nudge;
      Vector result{};
      for (size_t i = 0; i < 3; ++i) {
        result[i] = p[i] + ((m[i] * d[0] + m[3 + i] * d[1]) + m[6 + i] * d[2]);
      }
      return result;
    }
    Vector half{};  // around the bounds of In, in the world's axes
    for (size_t i = 0; i < 3; ++i) {
      half[i] = std::abs((m[3 * i] * size[0] + m[3 * i + 1] * size[1]) + m[3 * i + 2] * size[2]);
      d[i] = 0.25 * half[i];
    }
    d[axis] = (is_upper ? half[axis] : -half[axis] - (axis == 2 ? 0.01 : 0.0)) + nudge;
    return {p[0] + d[0], p[1] + d[1], p[2] + d[2]};
  }

  World& world_;
  const Problem& problem_;
  const SceneMjcf& scene_;
  const Names& names_;
  Stream random_;
  std::vector<double> base_;
  std::vector<int> joints_;
  bool is_edge_drawn_ = false;
  std::vector<std::string> on_edge_;  // objects
  int index_ = 0;
};

// Whether this machine rounds as the one that the files were recorded on.
bool SameArithmetic() {
  const auto golden = nlohmann::json::parse(std::ifstream(LIBERO_GOLDEN_DIR "/scenes.json"));
  const auto& recorded_on = golden["recorded_on"];
  return ThisMachine() == Arithmetic{recorded_on["isa"], recorded_on["libc"]};
}

// One task in the state of reset 1 after seed 0, and what the recorder knows about it.
class Replay {
 public:
  Replay(const Task& task, const RecordedTask& recorded, std::map<std::string, MjModelPtr>& models)
      : recorded_(recorded),
        where_(fmt::format("{} {}", task.suite, task.index)),
        problem_(LoadProblem(task.bddl_path)),
        scene_(ComposeScene(kDataRoot, MakeSceneSpec(problem_))),
        names_(CollectNames(problem_, scene_.objects)),
        candidates_(Candidates(names_)),
        truth_(candidates_.size(), false),
        inits_(LoadInitStates(task.init_states_path)) {
    MjModelPtr& model = models[scene_.text];
    if (!model) model = CompileModel(kDataRoot, scene_);
    world_.emplace(*model);
    sampler_.emplace(problem_, *model, scene_.objects, 0);
    const ResetState& reset = sampler_->Sample(1);
    PutFixtures(reset);
    std::ranges::copy(reset.qpos, world_->data().qpos);
    world_->Forward();
    visual_.emplace(problem_, scene_.objects, *model);
    visual_->Reset(*world_);
    goal_.emplace(problem_, problem_.goal, scene_.objects, *model);
    for (size_t i = 0; i < names_.things.size(); ++i) {
      const std::string burner = names_.things[i] + "_burner";
      const int id = mj_name2id(model.get(), mjOBJ_SITE, burner.c_str());
      if (id >= 0) burners_.push_back(id);
    }
    truth_.resize(candidates_.size() + burners_.size(), false);
  }

  void Run(uint64_t seed, bool same_arithmetic) {
    ASSERT_EQ(candidates_.size(), recorded_.num_candidates) << where_;
    ASSERT_EQ(inits_.num_states(), recorded_.num_init_states) << where_;
    CheckColours();
    ResolveCandidates();
    CheckStartStates();
    if (!testing::Test::HasFailure()) CheckChain(seed, same_arithmetic);
    if (!testing::Test::HasFailure()) CheckStartsOfEpisodes();
  }

  [[nodiscard]] int num_compared() const { return num_compared_; }

 private:
  std::string SolvedDigit() const { return goal_->AllHold(*world_) ? "1" : "0"; }

  void CheckColours() const {
    const mjModel& model = world_->model();
    const auto num_values = static_cast<size_t>(4) * static_cast<size_t>(model.nsite);
    const ModelArray colours{"site_rgba", model.site_rgba, num_values, sizeof(float),
                             ModelArray::Type::kFloat};
    EXPECT_EQ(FingerprintOf(colours).hash, recorded_.site_rgba) << where_ << " site_rgba";
  }

  // Exactly what the Python stack cannot evaluate is refused.
  void ResolveCandidates() {
    std::vector<Predicate> possible;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      bool is_refused = false;
      try {
        const PredicateChecker one(problem_, {candidates_[i]}, scene_.objects, world_->model());
      } catch (const Error&) {
        is_refused = true;
      }
      EXPECT_EQ(is_refused, recorded_.cannot.contains(i)) << where_ << ToString(candidates_[i]);
      if (is_refused) continue;
      possible.push_back(candidates_[i]);
      candidate_of_.push_back(i);
    }
    checker_.emplace(problem_, possible, scene_.objects, world_->model());
  }

  // Reset 1, and init states with its fixtures: the goal in all, all predicates in the recorded
  // ones.
  void CheckStartStates() {
    std::string goal = SolvedDigit();
    ExpectTruthIfRecorded("R");
    for (int i = 0; i < inits_.num_states(); ++i) {
      world_->SetState(inits_.state(i));
      world_->Forward();
      goal += SolvedDigit();
      ExpectTruthIfRecorded(std::to_string(i));
    }
    EXPECT_EQ(goal, recorded_.goal) << where_ << ": goal at reset 1, and at each init state";
    EXPECT_EQ(goal.find('1'), std::string::npos) << where_ << ": solved before it starts";
  }

  // Hand-made states.
  void CheckChain(uint64_t seed, bool same_arithmetic) {
    world_->SetState(inits_.state(0));
    world_->Forward();
    Chain chain(*world_, problem_, scene_, names_, seed);
    for (const RecordedState& state : recorded_.states) {
      if (state.label != "S") continue;
      chain.Step();
      ExpectTruth(state, same_arithmetic ? nullptr : &chain);
    }
  }

  // Init states as a sequential evaluation meets them, init state i with the fixtures of reset
  // i + 1. Not recorded; elsewhere predicates were shown to be the Python stack's.
  void CheckStartsOfEpisodes() {
    if (sampler_->Sample(1).fixtures.empty()) return;
    for (int i = 0; i < inits_.num_states(); ++i) {
      PutFixtures(sampler_->Sample(i + 1));
      world_->SetState(inits_.state(i));
      world_->Forward();
      EXPECT_FALSE(goal_->AllHold(*world_)) << where_ << ": solved before it starts, init " << i;
    }
  }

  void PutFixtures(const ResetState& reset) {
    for (const FixturePose& f : reset.fixtures) world_->SetBodyPose(f.body_id, f.pos, f.quat);
  }

  void ExpectTruthIfRecorded(const std::string& label) {
    for (const RecordedState& state : recorded_.states) {
      if (state.label == label) ExpectTruth(state);
    }
  }

  // With a chain, predicates are left out that rounding decides in its state.
  void ExpectTruth(const RecordedState& state, const Chain* rounded = nullptr) {
    ++num_states_;
    for (const size_t i : state.changed) truth_[i] = !truth_[i];
    const std::vector<bool> values = checker_->Values(*world_);
    for (size_t i = 0; i < values.size(); ++i) {
      const Predicate& candidate = candidates_[candidate_of_[i]];
      if (rounded != nullptr && rounded->IsOnEdge(candidate)) continue;
      EXPECT_EQ(values[i], truth_[candidate_of_[i]])
          << where_ << " state " << num_states_ << ' ' << ToString(candidate);
    }
    if (state.label != "R") visual_->Update(*world_);
    for (size_t i = 0; i < burners_.size(); ++i) {
      EXPECT_EQ(world_->site_rgba(burners_[i])[3] > 0, truth_[candidates_.size() + i])
          << where_ << " state " << num_states_ << " burner " << i;
    }
    num_compared_ += static_cast<int>(values.size() + burners_.size());
  }

  const RecordedTask& recorded_;
  std::string where_;
  Problem problem_;
  SceneMjcf scene_;
  Names names_;
  std::vector<Predicate> candidates_;
  std::vector<bool> truth_;           // as recorded: candidates, burners
  std::vector<size_t> candidate_of_;  // by index in checker_
  InitStates inits_;
  std::optional<World> world_;
  std::optional<ResetSampler> sampler_;
  std::optional<VisualState> visual_;
  std::optional<PredicateChecker> goal_;
  std::optional<PredicateChecker> checker_;
  std::vector<int> burners_;
  int num_states_ = 0;
  int num_compared_ = 0;
};

class PredicatesGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(PredicatesGoldenTest, HoldExactlyWhereThePythonStacksDo) {
  const std::vector<Suite> suites = LoadSuites(kDataRoot);
  const Suite& suite = FindSuite(suites, GetParam());
  const std::vector<RecordedTask> recorded = ReadRecords(suite.name);
  ASSERT_EQ(recorded.size(), suite.tasks.size());
  std::map<std::string, MjModelPtr> models;
  const bool same_arithmetic = SameArithmetic();
  int num_compared = 0;
  for (const Task& task : suite.tasks) {
    const auto index = static_cast<size_t>(task.index);
    Replay replay(task, recorded[index], models);
    replay.Run(index, same_arithmetic);
    num_compared += replay.num_compared();
    if (HasFailure()) return;
  }
  RecordProperty("truth_values_compared", num_compared);
}

std::vector<std::string> SuiteNames() {
  std::vector<std::string> names;
  for (const Suite& suite : LoadSuites(kDataRoot)) names.push_back(suite.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Suites, PredicatesGoldenTest, testing::ValuesIn(SuiteNames()),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace libero
