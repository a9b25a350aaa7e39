#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tasks/env.h"
#include "tasks/experts/agent.h"
#include "tasks/experts/subgoal.h"

namespace libero {

// Where an expert can be watched: an environment in an initial state after the settle steps, and an
// agent in it.
class Stage {
 public:
  explicit Stage(TaskSetup setup, int init_index = 0)
      : setup_(std::move(setup)), env_(setup_), agent_{.cell = Workcell(env_), .options = {}} {
    env_.SetInitState(init_index);
    constexpr int kSettleSteps = 10;
    for (int i = 0; i < kSettleSteps; ++i) env_.Step({0, 0, 0, 0, 0, 0, -1});
    agent_.home = agent_.cell.hand();
    agent_.posture = agent_.cell.arm_joints();
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] Env& env() { return env_; }
  [[nodiscard]] Agent& agent() { return agent_; }
  [[nodiscard]] const Workcell& cell() const { return agent_.cell; }
  [[nodiscard]] const mjModel& model() const { return env_.world().model(); }

  // Of an object that must be there.
  [[nodiscard]] int Find(const std::string& name) const {
    const int object = agent_.cell.FindObject(name);
    EXPECT_GE(object, 0) << name;
    return object;
  }

  // Those that are not fixtures.
  [[nodiscard]] std::vector<int> FreeObjects() const {
    std::vector<int> free;
    for (size_t i = 0; i < agent_.cell.objects().size(); ++i) {
      if (!agent_.cell.objects()[i].is_fixture) free.push_back(static_cast<int>(i));
    }
    return free;
  }

  // Puts the origin of an object that is not a fixture somewhere, turned as it is.
  void MoveTo(int object, const Eigen::Vector3d& p) {
    const std::string& joint = agent_.cell.objects()[static_cast<size_t>(object)].joints.at(0);
    const int id = mj_name2id(&model(), mjOBJ_JOINT, joint.c_str());
    double* qpos = env_.world().data().qpos + model().jnt_qposadr[id];
    for (int i = 0; i < 3; ++i) qpos[i] = p[i];
    env_.world().Forward();
  }

  // Does a skill to its end; the number of steps that it took, and its result.
  struct Outcome {
    bool result = false;
    int num_steps = 0;
  };
  Outcome Do(const Skill& skill) {
    Outcome outcome;
    skill.Start(agent_.cursor);
    for (agent_.cursor.next.resume(); !skill.is_done(); agent_.cursor.next.resume()) {
      env_.Step(agent_.cursor.action);
      ++outcome.num_steps;
    }
    outcome.result = skill.Result();
    return outcome;
  }

 private:
  TaskSetup setup_;
  Env env_;
  Agent agent_;
};

// Tests in the benchmark's scenes. Most use that of libero_goal: a table with a bowl, a plate, a
// bottle and a small box on it, and with a cabinet, a stove and a rack.
class StageTest : public testing::Test {
 protected:
  static TaskSetup Setup(const std::string& suite, int task_index) {
    SceneStore store(LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR);
    const std::vector<Suite> suites = LoadSuites(LIBERO_DEPS_DIR);
    return LoadTaskSetup(FindSuite(suites, suite).tasks[static_cast<size_t>(task_index)], store);
  }

  // The scene of libero_goal with another goal.
  static TaskSetup SetupWithGoal(std::vector<Predicate> goal) {
    TaskSetup setup = Setup("libero_goal", 0);
    setup.problem.goal = std::move(goal);
    return setup;
  }

  static Predicate MakePredicate(const std::string& name, std::vector<std::string> arguments) {
    Predicate predicate;
    predicate.name = name;
    predicate.argument_positions.resize(arguments.size());
    predicate.arguments = std::move(arguments);
    return predicate;
  }
};

}  // namespace libero
