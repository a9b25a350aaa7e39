#include "viewer/simulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr size_t kMaxContacts = 64;  // that a moment remembers

// Moments that keep what was on the way to them, 1 MB each: as many as players run ahead, slowly.
constexpr size_t kNumWithSubsteps = 8;

class Stopwatch {
 public:
  // Since the last call, or the beginning.
  double LapMs() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> elapsed = now - std::exchange(start_, now);
    return elapsed.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::vector<ContactPoint> FindContacts(const World& world) {
  std::vector<ContactPoint> points;
  for (int i = 0; i < world.data().ncon; ++i) {
    const mjContact& contact = world.data().contact[i];
    mjtNum force[6];
    mj_contactForce(&world.model(), &world.data(), i, force);
    if (force[0] <= 0) continue;
    ContactPoint& point = points.emplace_back();
    std::copy_n(contact.pos, 3, point.pos.begin());
    std::copy_n(contact.frame, 3, point.normal.begin());
    point.force = force[0];
    point.geom_1 = contact.geom[0];
    point.geom_2 = contact.geom[1];
  }
  std::ranges::sort(points, std::greater{}, &ContactPoint::force);
  if (points.size() > kMaxContacts) points.resize(kMaxContacts);
  return points;
}

void CheckFinite(const Action& action, int step, const Policy& policy) {
  if (std::ranges::all_of(action, [](double number) { return std::isfinite(number); })) return;
  throw Error(fmt::format("step {}: policy {} chose an action that is not finite: ({})", step,
                          policy.description(), fmt::join(action, ", ")));
}

}  // namespace

bool EpisodeChoice::operator==(const EpisodeChoice& other) const {
  return episode.suite == other.episode.suite && episode.task_index == other.episode.task_index &&
         episode.init_index == other.episode.init_index &&
         episode.reset_index == other.episode.reset_index && episode.seed == other.episode.seed &&
         policy == other.policy && demo_file == other.demo_file && demo == other.demo;
}

Simulation::Simulation(const std::vector<Suite>& suites, SceneStore& store,
                       SimulationOptions options)
    : suites_(&suites), options_(std::move(options)), setups_(suites, store) {
  if (options_.make_renderer) renderers_.emplace(options_.make_renderer, 1);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Simulation::~Simulation() {
  {
    const std::lock_guard lock(mutex_);
    thread_.request_stop();
  }
  changed_.notify_all();
  thread_.join();
  // the recording holds the scene that renderers draw
  runner_.reset();
  renderers_.reset();
}

void Simulation::Load(const EpisodeChoice& choice) {
  {
    const std::lock_guard lock(mutex_);
    to_load_ = choice;
    to_return_.reset();
    target_ = 0;
  }
  changed_.notify_all();
}

void Simulation::SetTarget(int step) {
  {
    const std::lock_guard lock(mutex_);
    if (target_ == step) return;
    target_ = step;
  }
  changed_.notify_all();
}

void Simulation::ReturnTo(int step) {
  {
    const std::lock_guard lock(mutex_);
    to_return_ = step;
    target_ = step;
  }
  changed_.notify_all();
}

void Simulation::SetPush(const std::optional<Push>& push) {
  const std::lock_guard lock(push_mutex_);
  push_ = push;
}

bool Simulation::is_idle() const {
  const std::lock_guard lock(mutex_);
  return !is_working_ && !HasWork();
}

void Simulation::WaitUntilIdle() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !is_working_ && !HasWork(); });
}

EpisodeResult Simulation::Result() const {
  const std::lock_guard lock(mutex_);
  LIBERO_CHECK(!is_working_ && !HasWork() && runner_ != nullptr);
  if (!recording_.error.empty()) return runner_->ErrorResult(recording_.error);
  return runner_->Result(recording_.moments.back().end.value_or(EpisodeEnd::kCancelled));
}

void Simulation::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!HasWork()) {
      changed_.notify_all();
      changed_.wait(lock, [&] { return stop.stop_requested() || HasWork(); });
      continue;
    }
    is_working_ = true;
    try {
      DoWork(lock);
    } catch (const std::exception& error) {
      if (!lock.owns_lock()) lock.lock();
      recording_.error = error.what();
    }
    is_working_ = false;
    recording_.doing.clear();
  }
}

// With the mutex held.
bool Simulation::HasWork() const {
  if (to_load_) return true;
  if (!recording_.error.empty() || recording_.moments.empty()) return false;
  return to_return_.has_value() ||
         (target_ > recording_.num_steps() && !recording_.moments.back().end);
}

// Does the most urgent thing without the mutex, which is held before and after.
void Simulation::DoWork(std::unique_lock<std::mutex>& lock) {
  if (to_load_) {
    const EpisodeChoice choice = *std::exchange(to_load_, std::nullopt);
    recording_.error.clear();
    lock.unlock();
    BeginEpisode(choice);
  } else if (to_return_) {
    const int step = *std::exchange(to_return_, std::nullopt);
    lock.unlock();
    Return(step);
  } else {
    lock.unlock();
    Step();
  }
  lock.lock();
}

void Simulation::Say(const std::string& doing) {
  const std::lock_guard lock(mutex_);
  recording_.doing = doing;
}

void Simulation::BeginEpisode(const EpisodeChoice& choice) {
  demo_.reset();
  if (!choice.demo_file.empty()) {
    Say("reading the demonstration");
    demo_ = ReadDemoSource(choice.demo_file, choice.demo, *suites_);
  }
  const EpisodeSpec episode = demo_ ? demo_->episode : choice.episode;
  PreparePolicy(choice, episode.suite);
  PrepareTask(episode);
  Say("settling");
  runner_->Begin(episode, {});
  if (demo_) {
    const TaskSetup& setup = runner_->env().setup();
    CheckReplayable(demo_->demo, demo_->scene, setup.problem, setup.init_states);
    StartReplay(runner_->env(), demo_->demo, demo_->scene);
  }
  policy_->BeginEpisode(0, episode, runner_->env());
  EpisodeInfo info = Describe(episode, choice.policy);
  Moment start = Look(0);
  const std::lock_guard lock(mutex_);
  recording_.info = std::move(info);
  recording_.moments.clear();
  recording_.moments.push_back(std::move(start));
  ++recording_.generation;
}

// Has the policy, and a runner that draws what it looks at.
void Simulation::PreparePolicy(const EpisodeChoice& choice, const std::string& suite) {
  const std::string key = demo_ ? fmt::format("{} of {}", demo_->demo.name(), choice.demo_file)
                                : fmt::format("{} for {}", choice.policy, suite);
  if (policy_ != nullptr && policy_key_ == key) return;
  Say("loading the policy");
  std::unique_ptr<Policy> policy =
      demo_ ? std::make_unique<ActionsPolicy>(demo_->demo.actions, key)
            : options_.make_policy(choice.policy, options_.protocol, suite);
  const EnvOptions env = demo_ ? demo_->env : EnvOptions{.mode = options_.mode};
  if (auto* const teller = dynamic_cast<PlanTeller*>(policy.get())) teller->TellReasons(true);
  runner_.reset();
  policy_ = std::move(policy);
  policy_key_ = key;
  runner_ = std::make_unique<EpisodeRunner>(setups_, renderers_ ? &*renderers_ : nullptr,
                                            options_.protocol, env, policy_->frames());
}

// Loads the task and lets go of the one before.
void Simulation::PrepareTask(const EpisodeSpec& episode) {
  Say("loading the scene");
  const bool is_same =
      episode_ && episode_->suite == episode.suite && episode_->task_index == episode.task_index;
  if (!is_same) {
    runner_->ReleaseEnv();
    if (episode_) setups_.Drop(episode_->suite, episode_->task_index);
  }
  episode_ = episode;
  const TaskSetup& setup = setups_.Get(episode.suite, episode.task_index);
  if (scene_ != nullptr && scene_ != setup.scene && renderers_) renderers_->Drop(*scene_->model);
  scene_ = setup.scene;
}

EpisodeInfo Simulation::Describe(const EpisodeSpec& episode, const std::string& policy) {
  const TaskSetup& setup = runner_->env().setup();
  EpisodeInfo info = {.episode = episode,
                      .task = setup.task,
                      .instruction = PolicyInstruction(setup.task, setup.problem),
                      .workspace = setup.problem.workspace,
                      .num_init_states = setup.init_states.num_states(),
                      .policy = policy,
                      .description = policy_->description(),
                      .frames = policy_->frames(),
                      .protocol = options_.protocol,
                      .max_steps = MaxSteps(options_.protocol, episode.suite),
                      .mode = options_.mode,
                      .scene = setup.scene};
  for (const Predicate& predicate : setup.problem.goal) info.goal.push_back(ToString(predicate));
  if (demo_) {
    info.demo = demo_->demo.name();
    info.demo_numbers = demo_->numbers;
    info.max_steps = static_cast<int>(demo_->demo.actions.size());
    info.mode = demo_->env.mode;
  }
  return info;
}

// A demonstration is played to its last action, whenever the goal holds.
std::optional<EpisodeEnd> Simulation::EndOfDemo() const {
  const Env& env = runner_->env();
  if (env.Diverged()) return EpisodeEnd::kDiverged;
  if (runner_->num_steps() < static_cast<int>(demo_->demo.actions.size())) return std::nullopt;
  return env.Solved() ? EpisodeEnd::kSuccess : EpisodeEnd::kTimeout;
}

void Simulation::Return(int step) {
  EnvState state = [&] {
    const std::lock_guard lock(mutex_);
    step = std::clamp(step, 0, recording_.num_steps());
    return recording_.moments[static_cast<size_t>(step)].state;
  }();
  runner_->Return(state, step);
  policy_->BeginEpisode(0, *episode_, runner_->env());
  const std::lock_guard lock(mutex_);
  recording_.moments.erase(recording_.moments.begin() + step + 1, recording_.moments.end());
  recording_.moments.back().end.reset();
}

void Simulation::Step() {
  Env& env = runner_->env();
  Stopwatch watch;
  const int step = runner_->num_steps();
  const bool sees_frames = !policy_->frames().empty() && policy_->NeedsFrames(0);
  if (sees_frames) runner_->Draw();
  const double frames_ms = watch.LapMs();

  PolicyInput input = {.slot = 0, .step = step, .env = &env};
  if (sees_frames) input.frames = runner_->frames();
  Action action{};
  policy_->Act({&input, 1}, {&action, 1});
  CheckFinite(action, step, *policy_);
  const double policy_ms = watch.LapMs();

  bool was_pushed = false;
  std::vector<Snapshot> substeps(ControlLoop::kSubsteps + 1);
  std::optional<EpisodeEnd> end = runner_->Step(action, [&](int num_done) {
    TakeSnapshot(env.world(), substeps[static_cast<size_t>(num_done)]);
    const std::optional<Push> push = [&] {
      const std::lock_guard lock(push_mutex_);
      return push_;
    }();
    if (push || was_pushed) ClearPushes(env.world().model(), env.world().data());
    if (push) ApplyPush(env.world().model(), env.world().data(), *push);
    was_pushed = was_pushed || push;
  });
  if (was_pushed) ClearPushes(env.world().model(), env.world().data());

  if (demo_) end = EndOfDemo();

  Moment moment = Look(step + 1);
  moment.action = action;
  if (const auto* teller = dynamic_cast<const PlanTeller*>(policy_.get())) {
    const PolicyPlan* plan = teller->plan(0);
    if (plan != nullptr) moment.plan = *plan;
  }
  moment.end = end;
  if (end) moment.final_state_hash = runner_->Result(*end).final_state_hash;
  moment.policy_ms = policy_ms;
  moment.frames_ms = frames_ms;
  moment.physics_ms = watch.LapMs();
  moment.saw_frames = sees_frames;
  moment.was_pushed = was_pushed;
  moment.substeps = std::move(substeps);
  const std::lock_guard lock(mutex_);
  recording_.moments.push_back(std::move(moment));
  const size_t size = recording_.moments.size();
  if (size > kNumWithSubsteps) recording_.moments[size - 1 - kNumWithSubsteps].substeps = {};
}

Moment Simulation::Look(int step) {
  const Env& env = runner_->env();
  return {.id = ++num_moments_,
          .step = step,
          .state = env.Save(),
          .predicates = env.goal().Values(env.world()),
          .observation = env.Observe(),
          .contacts = FindContacts(env.world()),
          .state_error =
              demo_ ? demo_->StateError(step, env.world().State()) : std::optional<double>()};
}

}  // namespace libero
