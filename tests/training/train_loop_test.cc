#include "training/train_loop.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// Sums in another order, over ten steps.
constexpr double kOrderTolerance = 1e-5;

// Learns y = sin(example) from eight numbers x(example); its buffer counts parts of batches.
class LinearStage : public Stage {
 public:
  LinearStage() {
    weight_ = FormulaTensor("weight", {8});
    weight_.requires_grad_(true);
    unused_ = FormulaTensor("unused", {2});
    unused_.requires_grad_(true);
  }

  // Called after each step; for each batch that is made; for each loss, which may be changed.
  std::function<void(int64_t step)> after_step;
  std::function<void(int64_t position)> on_batch;
  std::function<void(StageLoss* loss)> on_loss;

  std::vector<NamedTensor> parameters() override {
    return {{"weight", &weight_}, {"unused", &unused_}};
  }
  std::vector<NamedTensor> buffers() override { return {{"count", &count_}}; }
  [[nodiscard]] int64_t num_examples() const override { return 20; }
  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override {
    Batch batch = {.rows = at::empty({static_cast<int64_t>(samples.size())}, at::kLong)};
    std::vector<at::Tensor> inputs;
    for (size_t i = 0; i < samples.size(); ++i) {
      if (on_batch) on_batch(samples[i].position);
      batch.rows[static_cast<int64_t>(i)] = samples[i].example;
      inputs.push_back(FormulaTensor(fmt::format("x{}", samples[i].example), {8}));
    }
    batch.actions = at::stack(inputs);
    return batch;
  }
  [[nodiscard]] StageLoss Loss(const Batch& batch) const override {
    const at::Tensor error = batch.actions.matmul(weight_) - batch.rows.to(at::kFloat).sin();
    StageLoss loss = {.total = error.square().mean(),
                      .parts = {{"l1", error.detach().abs().mean()}}};
    if (on_loss) on_loss(&loss);
    return loss;
  }
  std::unique_ptr<Stage> MakeReplica() override {
    auto replica = std::make_unique<LinearStage>();
    replica->weight_ = weight_.detach();
    replica->weight_.requires_grad_(true);
    return replica;
  }
  void AfterPart(const StageLoss& /*loss*/) override { count_ += 1; }
  void AfterStep(int64_t step) override {
    if (after_step) after_step(step);
  }

  at::Tensor weight_, unused_;
  at::Tensor count_ = at::zeros({}, at::kFloat);
};

class TrainLoopTest : public testing::Test {
 protected:
  // Ten steps with everything that has a state.
  TrainLoopTest() {
    options_.recipe = {.steps = 10,
                       .batch_size = 8,
                       .accumulation = 2,
                       .learning_rate = 0.05,
                       .schedule = "cosine",
                       .warmup_steps = 2,
                       .weight_decay = 0.01,
                       .clip_norm = 0.5,
                       .ema_decay = 0.5};
    options_.seed = 3;
    options_.save_every = 3;
    options_.num_workers = 2;
    options_.title = "linear";
  }

  // Trains, or goes on, in a folder.
  bool Train(const std::string& name, LinearStage* stage) {
    fs::create_directories(folder_ / name);
    options_.state_folder = folder_ / name / "state";
    options_.metrics = folder_ / name / "metrics.jsonl";
    DataParallel alone;
    std::ostringstream log;
    return TrainLoop(stage, options_, &alone, log);
  }

  // Trains until the step is done, as a Ctrl-C during it would.
  void TrainUntil(const std::string& name, int64_t last) {
    LinearStage stage;
    std::stop_source stop;
    stage.after_step = [&](int64_t step) {
      if (step == last) stop.request_stop();
    };
    options_.stop = stop.get_token();
    EXPECT_FALSE(Train(name, &stage));
    options_.stop = {};
  }

  [[nodiscard]] std::string Metrics(const std::string& name) const {
    std::ifstream file(folder_ / name / "metrics.jsonl");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Goes on in the folder to the end, where all has to be as in "undisturbed".
  void ExpectSameEnd(const std::string& name) {
    LinearStage expected;
    EXPECT_TRUE(Train("undisturbed", &expected));
    LinearStage stage;
    EXPECT_TRUE(Train(name, &stage));
    EXPECT_TRUE(at::equal(stage.weight_, expected.weight_)) << name;
    EXPECT_TRUE(at::equal(stage.count_, expected.count_)) << name;
    EXPECT_EQ(stage.count_.item<float>(), 20);
    EXPECT_EQ(Metrics(name), Metrics("undisturbed"));
  }

  TestFolder folder_;
  TrainLoopOptions options_;
};

// Only the first part of a batch has gradients: it is they that the second part finds.
TEST_F(TrainLoopTest, MayClipWhatEarlierPartsLeft) {
  constexpr double kNorm = 0.01;
  options_.recipe = {
      .steps = 1, .batch_size = 4, .accumulation = 2, .learning_rate = 1e-3, .clip_norm = kNorm};
  for (const bool clips_before : {true, false}) {
    LinearStage stage;
    int num_parts = 0;
    stage.on_loss = [&](StageLoss* loss) {
      if (num_parts++ == 1) loss->total = 0 * loss->total;
    };
    options_.clips_before_backward = clips_before;
    const std::string name = clips_before ? "before" : "behind";
    EXPECT_TRUE(Train(name, &stage));
    const auto line = nlohmann::json::parse(Metrics(name));
    if (clips_before) {
      EXPECT_NEAR(line["gradient_norm"].get<double>(), kNorm, 1e-4 * kNorm);
    } else {
      EXPECT_GT(line["gradient_norm"].get<double>(), 10 * kNorm) << "as it was before clipping";
    }
  }
}

TEST_F(TrainLoopTest, LearnsAndSaysHow) {
  LinearStage stage;
  const at::Tensor before = stage.unused_.clone();
  options_.recipe.steps = 2;
  options_.recipe.ema_decay = 0;
  EXPECT_TRUE(Train("a", &stage));
  const std::string metrics = Metrics("a");
  EXPECT_THAT(metrics, AllOf(HasSubstr(R"({"step":1,"loss":)"), HasSubstr(R"(,"l1":)"),
                             HasSubstr(R"(,"gradient_norm":)"), HasSubstr(R"("learning_rate":)"),
                             HasSubstr(R"({"step":2,)")));
  EXPECT_TRUE(at::equal(stage.unused_, before)) << "it has no gradient";

  // done already
  LinearStage again;
  EXPECT_TRUE(Train("a", &again));
  EXPECT_TRUE(at::equal(again.weight_, stage.weight_));
  EXPECT_EQ(Metrics("a"), metrics);
}

TEST_F(TrainLoopTest, ContinuesAsIfItHadNeverStopped) {
  TrainUntil("stopped", 4);
  ExpectSameEnd("stopped");
  TrainUntil("stopped twice", 1);
  TrainUntil("stopped twice", 7);
  ExpectSameEnd("stopped twice");
}

// Whenever it is asked to: here behind a step whose state would not be saved by itself.
TEST_F(TrainLoopTest, SavesTheStepThatItStopsAfter) {
  LinearStage stage;
  std::stop_source stop;
  options_.stop = stop.get_token();
  options_.eval_every = 4;
  options_.evaluate = [&](int64_t) -> std::vector<std::pair<std::string, double>> {
    stop.request_stop();
    return {};
  };
  EXPECT_FALSE(Train("stopped", &stage));
  EXPECT_TRUE(fs::exists(folder_ / "stopped" / "state" / "step-5.safetensors"));
  EXPECT_THAT(Metrics("stopped"), AllOf(HasSubstr(R"({"step":5,)"), Not(HasSubstr(R"("step":6)"))));
}

// The last state is of step 6, steps 7 and 8 are made again.
TEST_F(TrainLoopTest, ContinuesFromTheLastStateWhenItIsKilled) {
  LinearStage stage;
  stage.after_step = [](int64_t step) {
    if (step == 8) throw std::runtime_error("killed");
  };
  EXPECT_THAT([&] { Train("killed", &stage); }, ThrowsMessage<std::runtime_error>("killed"));
  EXPECT_THAT(Metrics("killed"), HasSubstr(R"({"step":7,)"));
  ExpectSameEnd("killed");
}

TEST_F(TrainLoopTest, PassesOverADamagedState) {
  TrainUntil("damaged", 7);  // states of steps 6 and 7
  const fs::path last = folder_ / "damaged" / "state" / "step-7.safetensors";
  ASSERT_TRUE(fs::exists(folder_ / "damaged" / "state" / "step-6.safetensors"));
  fs::resize_file(last, fs::file_size(last) - 3);
  testing::internal::CaptureStderr();
  ExpectSameEnd("damaged");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr(last.string()), HasSubstr("going on from the state before")));
}

TEST_F(TrainLoopTest, DropsMetricsThatAreCutOff) {
  TrainUntil("cut", 4);
  std::ofstream(folder_ / "cut" / "metrics.jsonl", std::ios::app) << R"({"step":5,"loss":0.2})"
                                                                  << "\n"
                                                                  << R"({"step":6,"lo)";
  ExpectSameEnd("cut");
}

TEST_F(TrainLoopTest, StopsWhenTheLossIsNoNumber) {
  LinearStage stage;
  int64_t num_losses = 0;
  stage.on_loss = [&](StageLoss* loss) {
    if (++num_losses == 16) loss->total = loss->total * std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_THAT([&] { Train("nan", &stage); },
              ThrowsMessage<Error>(AllOf(HasSubstr("linear: the loss of step 8 is nan"),
                                         HasSubstr((folder_ / "nan" / "state").string()),
                                         HasSubstr("--lr"))));
  EXPECT_TRUE(at::isfinite(stage.weight_).all().item<bool>()) << "nothing was learnt from it";
  ExpectSameEnd("nan");
}

TEST_F(TrainLoopTest, StopsWhenABatchCannotBeMade) {
  LinearStage stage;
  stage.on_batch = [](int64_t position) {
    if (position == 40) throw Error("demo 5: the file is gone");
  };
  EXPECT_THAT([&] { Train("data", &stage); },
              ThrowsMessage<Error>(HasSubstr("demo 5: the file is gone")));
  EXPECT_THAT(Metrics("data"), HasSubstr(R"({"step":5,)"));
  ExpectSameEnd("data");
}

TEST_F(TrainLoopTest, RefusesTheStateOfAnotherTraining) {
  TrainUntil("other", 3);
  LinearStage stage;
  stage.weight_ = FormulaTensor("weight", {9});
  stage.weight_.requires_grad_(true);
  EXPECT_THAT(
      [&] { Train("other", &stage); },
      ThrowsMessage<Error>(AllOf(HasSubstr("step-3.safetensors: weight is of another shape"),
                                 HasSubstr("choose another folder"))));
}

TEST_F(TrainLoopTest, SaysWhenMetricsCannotBeWritten) {
  LinearStage stage;
  fs::create_directories(folder_ / "folder" / "metrics.jsonl");
  EXPECT_THAT([&] { Train("folder", &stage); }, ThrowsMessage<Error>(HasSubstr("metrics.jsonl")));
}

TEST_F(TrainLoopTest, SavesTheRunningMean) {
  options_.recipe.ema_decay = 0;
  LinearStage plain;
  at::Tensor mean = plain.weight_.detach().clone();
  plain.after_step = [&](int64_t) {
    mean = 0.5 * mean + 0.5 * plain.weight_.detach();
  };
  EXPECT_TRUE(Train("plain", &plain));

  options_.recipe.ema_decay = 0.5;
  LinearStage averaged;
  EXPECT_TRUE(Train("averaged", &averaged));
  EXPECT_TRUE(at::allclose(averaged.weight_.detach(), mean, kOrderTolerance, kOrderTolerance));
  EXPECT_FALSE(at::equal(averaged.weight_, plain.weight_));
}

// However a batch is computed, it is the same one.
TEST_F(TrainLoopTest, PartsAndReplicasMakeTheWholeBatch) {
  options_.recipe.accumulation = 1;
  LinearStage whole;
  EXPECT_TRUE(Train("whole", &whole));
  const auto expect_same = [&](const std::string& name, int64_t accumulation, int num_replicas) {
    options_.recipe.accumulation = accumulation;
    options_.num_replicas = num_replicas;
    LinearStage stage;
    EXPECT_TRUE(Train(name, &stage));
    EXPECT_TRUE(at::allclose(stage.weight_, whole.weight_, kOrderTolerance, kOrderTolerance))
        << name;
    LinearStage again;
    EXPECT_TRUE(Train(name + " again", &again));
    EXPECT_TRUE(at::equal(again.weight_, stage.weight_)) << name;
    EXPECT_EQ(Metrics(name + " again"), Metrics(name));
  };
  expect_same("in 2 parts", 2, 1);
  expect_same("in 4 replicas", 1, 4);
  expect_same("in 2 parts of 2 replicas", 2, 2);
}

TEST_F(TrainLoopTest, EvaluatesTheRunningMean) {
  LinearStage stage;
  options_.eval_every = 4;
  std::vector<at::Tensor> seen;
  options_.evaluate = [&](int64_t) -> std::vector<std::pair<std::string, double>> {
    seen.push_back(stage.weight_.detach().clone());
    return {{"success_rate", 0.25 * static_cast<double>(seen.size())}};
  };
  at::Tensor last;
  stage.after_step = [&](int64_t step) {
    if (step == 4) last = stage.weight_.detach().clone();
  };
  EXPECT_TRUE(Train("evaluated", &stage));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_FALSE(at::equal(seen[0], last));
  EXPECT_THAT(Metrics("evaluated"), AllOf(HasSubstr("{\"step\":4,\"success_rate\":0.25}\n"),
                                          HasSubstr("{\"step\":8,\"success_rate\":0.5}\n")));

  // it changes nothing
  options_.eval_every = 0;
  LinearStage plain;
  EXPECT_TRUE(Train("plain", &plain));
  EXPECT_TRUE(at::equal(stage.weight_, plain.weight_));
}

}  // namespace
}  // namespace libero
