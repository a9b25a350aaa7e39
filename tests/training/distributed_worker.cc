// One of the processes of distributed_test.cc: trains a few weights, and says what came of it. Its
// environment says which process it is, as under torchrun.
//   distributed_worker FOLDER STEPS ACCUMULATION REPLICAS LAST JOIN
// LAST: the step at whose beginning rank 1 dies, or 0; JOIN: seconds to wait for the others. Writes
// FOLDER/metrics.jsonl, and FOLDER/weights-RANK.json with the weights and the codes that came to
// the stage in the last part.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "training/distributed.h"
#include "training/train_loop.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

constexpr int64_t kNumExamples = 40;
constexpr int64_t kBatchSize = 16;
constexpr int64_t kWidth = 6;

// Numbers without a pattern, the same in every process.
at::Tensor Numbers(at::IntArrayRef shape, double phase) {
  const at::Tensor places = at::arange(c10::multiply_integers(shape), at::kFloat);
  return at::sin(places * 1.7 + phase).view(shape);
}

// Two layers, and a weight that gets no gradient.
class TwoLayers final : public Stage {
 public:
  // Weights begin differently in each process: those of rank 0 count.
  TwoLayers(int rank, int64_t last) : rank_(rank), last_(last) {
    first_ = Numbers({kWidth, kWidth}, 0.1 + rank).requires_grad_(true);
    unused_ = Numbers({2}, 0.2 + rank).requires_grad_(true);
    second_ = Numbers({1, kWidth}, 0.3 + rank).requires_grad_(true);
  }

  std::vector<NamedTensor> parameters() override {
    return {{"first", &first_}, {"unused", &unused_}, {"second", &second_}};
  }
  [[nodiscard]] int64_t num_examples() const override { return kNumExamples; }

  [[nodiscard]] Batch MakeBatch(const std::vector<Sample>& samples) const override {
    std::vector<int64_t> rows;
    for (const Sample& sample : samples) rows.push_back(sample.example);
    return {.rows = at::tensor(rows, at::kLong)};
  }

  [[nodiscard]] StageLoss Loss(const Batch& batch) const override {
    if (rank_ == 1 && last_ > 0 && num_steps_ + 1 == last_) std::_Exit(EXIT_FAILURE);
    const at::Tensor rows = batch.rows.to(at::kFloat).unsqueeze(1);
    const at::Tensor inputs = at::sin(rows * (at::arange(kWidth, at::kFloat) + 1));
    const at::Tensor outputs = at::linear(at::tanh(at::linear(inputs, first_)), second_);
    const at::Tensor loss = (outputs - at::cos(rows)).square().mean();
    return {.total = loss,
            .parts = {{"mse", loss.detach()}},
            .codes = batch.rows,
            .encoded = outputs.detach()};
  }

  [[nodiscard]] std::unique_ptr<Stage> MakeReplica() override {
    auto replica = std::make_unique<TwoLayers>(rank_, last_);
    const std::vector<NamedTensor> copies = replica->parameters();
    for (size_t i = 0; i < copies.size(); ++i) {
      *copies[i].tensor = parameters()[i].tensor->detach().requires_grad_(true);
    }
    return replica;
  }

  void AfterPart(const StageLoss& loss) override { codes_ = loss.codes; }
  void AfterStep(int64_t step) override { num_steps_ = step; }

  [[nodiscard]] const at::Tensor& codes() const { return codes_; }

 private:
  int rank_;
  int64_t last_;
  int64_t num_steps_ = 0;
  at::Tensor first_, unused_, second_, codes_;
};

nlohmann::json ToJson(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).flatten();
  return std::vector<double>(flat.const_data_ptr<double>(),
                             flat.const_data_ptr<double>() + flat.numel());
}

int Train(const std::filesystem::path& folder, std::span<char* const> numbers) {
  at::set_num_threads(1);
  const auto number = [&](size_t i) {
    return std::stoll(numbers[i]);
  };
  JoinOptions join;
  join.join = std::chrono::seconds(number(4));
  const std::unique_ptr<DataParallel> processes =
      JoinProcesses(ReadProcessPlace(&ReadEnvironment), at::kCPU, join);
  TwoLayers stage(processes->rank(), number(3));
  TrainLoopOptions options;
  options.recipe = {.steps = number(0),
                    .batch_size = kBatchSize,
                    .accumulation = number(1),
                    .learning_rate = 0.01,
                    .schedule = "constant"};
  options.save_every = number(0);
  options.num_replicas = static_cast<int>(number(2));
  options.state_folder = folder / "state";
  options.metrics = folder / "metrics.jsonl";
  std::ostringstream log;
  (void)TrainLoop(&stage, options, processes.get(), log);
  nlohmann::json result;
  for (const NamedTensor& parameter : stage.parameters()) {
    result[parameter.name] = ToJson(*parameter.tensor);
  }
  result["codes"] = ToJson(stage.codes());
  std::ofstream(folder / fmt::format("weights-{}.json", processes->rank())) << result.dump();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace libero

int main(int argc, char** argv) {
  try {
    return libero::Train(argv[1], std::span(argv, static_cast<size_t>(argc)).subspan(2));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
