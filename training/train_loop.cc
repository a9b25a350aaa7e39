#include "training/train_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "policy/nn/activation_checkpoint.h"
#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/progress.h"
#include "sim/base/thread_pool.h"
#include "training/mixed_precision.h"
#include "training/muon.h"
#include "training/optimizer.h"
#include "training/prefetcher.h"
#include "training/recipe.h"
#include "training/sampler.h"
#include "training/train_state.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

std::vector<NamedTensor> Joined(std::vector<NamedTensor> first,
                                const std::vector<NamedTensor>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Sums of a step's losses by name, in order of appearance.
class LossSums {
 public:
  void Add(const StageLoss& loss) {
    Add("loss", loss.total.detach());
    for (const LossPart& part : loss.parts) Add(part.name, part.value);
  }

  // Averages over parts of the batch and processes.
  [[nodiscard]] std::vector<std::pair<std::string, double>> Averages(double num_parts,
                                                                     DataParallel* processes) {
    at::Tensor numbers = at::stack(values_).to(at::kDouble) / num_parts;
    processes->Average(&numbers);
    numbers = numbers.cpu();
    std::vector<std::pair<std::string, double>> result;
    for (size_t i = 0; i < names_.size(); ++i) {
      result.emplace_back(names_[i], numbers[static_cast<int64_t>(i)].item<double>());
    }
    return result;
  }

 private:
  void Add(const std::string& name, const at::Tensor& value) {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != name) continue;
      values_[i] = values_[i] + value;
      return;
    }
    names_.push_back(name);
    values_.push_back(value);
  }

  std::vector<std::string> names_;
  std::vector<at::Tensor> values_;
};

// The parameters that Muon has, or the others, which AdamW has.
std::vector<NamedTensor> ParametersOf(const std::vector<NamedTensor>& parameters,
                                      const Recipe& recipe, bool is_muon) {
  std::vector<NamedTensor> result;
  std::ranges::copy_if(parameters, std::back_inserter(result), [&](const NamedTensor& parameter) {
    return (recipe.matrix_rate > 0 && Muon::Takes(parameter)) == is_muon;
  });
  return result;
}

class Loop {
 public:
  Loop(Stage* stage, const TrainLoopOptions& options, DataParallel* processes, std::ostream& log);
  bool Run();

 private:
  [[nodiscard]] std::vector<Batch> MakeBatches(int64_t part) const;
  [[nodiscard]] std::vector<StageLoss> ComputeParts(const std::vector<Batch>& batches,
                                                    double weight);
  void ForEach(size_t count, const std::function<void(size_t)>& function);
  void Step(Prefetcher<std::vector<Batch>>* batches);
  void TryStep(Prefetcher<std::vector<Batch>>* batches);
  void Write(std::vector<std::pair<std::string, double>> numbers, double gradient_norm);
  void Evaluate();
  void DropMetricsBehind(int64_t step) const;
  void CheckSameStep();
  [[nodiscard]] bool IsToStop();

  Stage* stage_;
  const TrainLoopOptions* options_;
  DataParallel* processes_;
  std::vector<std::unique_ptr<Stage>> own_replicas_;
  std::vector<Stage*> replicas_;  // the stage itself first
  std::vector<std::vector<NamedTensor>> replica_parameters_;
  std::unique_ptr<ThreadPool> pool_;  // null if there is one replica
  std::vector<NamedTensor> parameters_;
  AdamW adamw_;
  Muon muon_;
  std::optional<WeightAverage> average_;
  Sampler sampler_;
  TrainState state_;
  int64_t step_ = 0;
  std::ofstream metrics_;
  Progress progress_;
  Clock::time_point start_ = Clock::now();
  int64_t first_step_ = 0;  // of this process
};

Loop::Loop(Stage* stage, const TrainLoopOptions& options, DataParallel* processes,
           std::ostream& log)
    : stage_(stage),
      options_(&options),
      processes_(processes),
      parameters_(stage->parameters()),
      adamw_(ParametersOf(parameters_, options.recipe, /*is_muon=*/false),
             options.recipe.weight_decay),
      muon_(ParametersOf(parameters_, options.recipe, /*is_muon=*/true),
            options.recipe.weight_decay),
      sampler_(
          {.num_examples = stage->num_examples(),
           .batch_size = static_cast<int>(options.recipe.batch_size / options.recipe.accumulation),
           .seed = options.seed,
           .rank = processes->rank(),
           .world = processes->size()}),
      state_(options.state_folder, {}),
      progress_(options.title + " steps", static_cast<int>(options.recipe.steps),
                options.log_is_terminal, log) {
  replicas_.push_back(stage);
  replica_parameters_.emplace_back();
  for (int i = 1; i < options.num_replicas; ++i) {
    own_replicas_.push_back(stage->MakeReplica());
    replicas_.push_back(own_replicas_.back().get());
    replica_parameters_.push_back(replicas_.back()->parameters());
    LIBERO_CHECK(replica_parameters_.back().size() == parameters_.size());
  }
  if (options.num_replicas > 1) pool_ = std::make_unique<ThreadPool>(options.num_replicas - 1);
  processes_->Share(parameters_);
  std::vector<NamedTensor> tensors = Joined(parameters_, stage->buffers());
  if (options.recipe.ema_decay > 0) {
    average_.emplace(parameters_, options.recipe.ema_decay);
    tensors = Joined(std::move(tensors), average_->state());
  }
  state_ = TrainState(options.state_folder,
                      Joined(Joined(std::move(tensors), adamw_.state()), muon_.state()));
  step_ = state_.Restore();
  CheckSameStep();
  first_step_ = step_;
  if (processes_->rank() == 0) {
    DropMetricsBehind(step_);
    metrics_.open(options.metrics, std::ios::app);
    if (!metrics_) throw Error(fmt::format("cannot write {}", options.metrics.string()));
  }
}

// Throws Error unless all processes go on from the same step.
void Loop::CheckSameStep() {
  const at::Tensor steps = processes_->Gather(at::scalar_tensor(step_, at::kLong).view({1}));
  for (int64_t rank = 0; rank < steps.size(0); ++rank) {
    const auto other = steps[rank].item<int64_t>();
    if (other == steps[0].item<int64_t>()) continue;
    throw Error(fmt::format("rank {} goes on from step {}, rank 0 from step {}", rank, other,
                            steps[0].item<int64_t>()),
                fmt::format("{} must be the same folder for all processes",
                            options_->state_folder.string()));
  }
}

// Whether to stop: all processes do so after the same step.
bool Loop::IsToStop() {
  const int64_t own = options_->stop.stop_requested() ? 1 : 0;
  return processes_->Gather(at::scalar_tensor(own, at::kLong).view({1})).any().item<bool>();
}

// A step; of a failure that comes of another process it is said which.
void Loop::TryStep(Prefetcher<std::vector<Batch>>* batches) {
  try {
    Step(batches);
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    processes_->CheckOthers();
    throw;
  }
}

// Lines of steps that will be made again, and one that was cut off.
void Loop::DropMetricsBehind(int64_t step) const {
  std::ifstream in(options_->metrics);
  if (!in) return;
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("step", step + 1) <= step) kept += line + "\n";
  }
  in.close();
  WriteFileAtomically(options_->metrics, {kept}, "check that the disk has space");
}

// This process's samples of a part, divided among the replicas.
std::vector<Batch> Loop::MakeBatches(int64_t part) const {
  const std::vector<Sample> samples = sampler_.Batch(part);
  const size_t count = samples.size() / replicas_.size();
  LIBERO_CHECK(count * replicas_.size() == samples.size());
  std::vector<Batch> batches;
  for (size_t i = 0; i < replicas_.size(); ++i) {
    const auto first = samples.begin() + static_cast<int64_t>(i * count);
    batches.push_back(stage_->MakeBatch({first, first + static_cast<int64_t>(count)}));
  }
  return batches;
}

// Computes the parts of a batch at the same time, one on each replica, and adds their gradients in
// order, so that the result does not depend on which is done first.
std::vector<StageLoss> Loop::ComputeParts(const std::vector<Batch>& batches, double weight) {
  std::vector<StageLoss> losses(batches.size());
  std::vector<std::exception_ptr> errors(batches.size());
  const Recipe& recipe = options_->recipe;
  const c10::DeviceType device = parameters_[0].tensor->device().type();
  const bool is_bf16 =
      recipe.precision == "bf16" || (recipe.precision == "auto" && device == at::kCUDA);
  const auto compute = [&](size_t i) {
    try {
      const Bf16Autocast autocast(device, is_bf16);
      const ActivationCheckpoints checkpoints(recipe.checkpoint_activations);
      losses[i] = replicas_[i]->Loss(batches[i]);
      (losses[i].total * weight).backward();
    } catch (...) {
      errors[i] = std::current_exception();
    }
  };
  for (size_t i = 1; i < batches.size(); ++i) pool_->Submit([&compute, i] { compute(i); });
  compute(0);
  if (pool_) pool_->Wait();
  for (const std::exception_ptr& error : errors) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  const c10::NoGradGuard no_grad;
  for (size_t i = 1; i < batches.size(); ++i) {
    for (size_t k = 0; k < parameters_.size(); ++k) {
      at::Tensor& gradient = replica_parameters_[i][k].tensor->mutable_grad();
      if (!gradient.defined()) continue;
      at::Tensor& sum = parameters_[k].tensor->mutable_grad();
      if (sum.defined()) {
        sum.add_(gradient);
      } else {
        sum = gradient;
      }
      gradient = at::Tensor();
    }
  }
  return losses;
}

// Calls function(0) … function(count − 1), shared among this process's threads.
void Loop::ForEach(size_t count, const std::function<void(size_t)>& function) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) function(i);
  };
  for (size_t i = 1; i < replicas_.size(); ++i) pool_->Submit(work);
  work();
  if (pool_) pool_->Wait();
}

void Loop::Step(Prefetcher<std::vector<Batch>>* batches) {
  const Recipe& recipe = options_->recipe;
  const double num_parts =
      static_cast<double>(recipe.accumulation) * static_cast<double>(replicas_.size());
  LossSums sums;
  for (int64_t part = 0; part < recipe.accumulation; ++part) {
    const std::vector<Batch> batch = batches->Next();
    if (options_->clips_before_backward) (void)ClipGradients(parameters_, recipe.clip_norm);
    if (part + 1 == recipe.accumulation) {
      processes_->Begin(parameters_, /*overlaps=*/replicas_.size() == 1);
    }
    for (StageLoss& loss : ComputeParts(batch, 1 / num_parts)) {
      sums.Add(loss);
      if (loss.codes.defined()) {
        loss.codes = processes_->Gather(loss.codes);
        loss.encoded = processes_->Gather(loss.encoded);
      }
      stage_->AfterPart(loss);
    }
  }
  processes_->Finish();
  const at::Tensor norm =
      ClipGradients(parameters_, options_->clips_before_backward ? 0 : recipe.clip_norm);
  auto numbers = sums.Averages(num_parts, processes_);
  const double gradient_norm = norm.item<double>();
  if (!std::isfinite(numbers[0].second) || !std::isfinite(gradient_norm)) {
    throw Error(fmt::format("{}: the loss of step {} is {}, its gradients' norm {}",
                            options_->title, step_ + 1, numbers[0].second, gradient_norm),
                fmt::format("the last good state is in {}; try a smaller --lr",
                            options_->state_folder.string()));
  }
  const double rate = LearningRate(recipe, step_);
  adamw_.Step(rate);
  muon_.Step(rate * recipe.matrix_rate,
             [this](size_t count, const auto& function) { ForEach(count, function); });
  if (average_) average_->Update();
  ++step_;
  stage_->AfterStep(step_);
  Write(std::move(numbers), gradient_norm);
}

void Loop::Write(std::vector<std::pair<std::string, double>> numbers, double gradient_norm) {
  const double elapsed = Seconds(start_);
  const auto done = static_cast<double>(step_ - first_step_);
  const double rate =
      done * static_cast<double>(options_->recipe.batch_size) / std::max(elapsed, 1e-9);
  std::string note = fmt::format("{:.0f} samples/s", rate);
  Json line = {{"step", step_}};
  for (const auto& [name, value] : numbers) {
    note += fmt::format(", {} {:.4g}", name, value);
    line[name] = value;
  }
  line["gradient_norm"] = gradient_norm;
  line["learning_rate"] = LearningRate(options_->recipe, step_ - 1);
  if (processes_->rank() != 0) return;
  metrics_ << line.dump() << "\n" << std::flush;
  if (!metrics_) {
    throw Error(fmt::format("cannot write {}", options_->metrics.string()), "is the disk full?");
  }
  progress_.Update(static_cast<int>(step_), elapsed, note);
}

void Loop::Evaluate() {
  if (average_) average_->Swap();
  const auto numbers = options_->evaluate(step_);
  if (average_) average_->Swap();
  Json line = {{"step", step_}};
  for (const auto& [name, value] : numbers) line[name] = value;
  metrics_ << line.dump() << "\n" << std::flush;
}

bool Loop::Run() {
  const Recipe& recipe = options_->recipe;
  if (step_ < recipe.steps) {
    const int num_workers = options_->num_workers;
    Prefetcher<std::vector<Batch>> batches([this](int64_t part) { return MakeBatches(part); },
                                           step_ * recipe.accumulation, num_workers,
                                           2 * num_workers);
    bool is_to_stop = IsToStop();
    while (step_ < recipe.steps && !is_to_stop) {
      TryStep(&batches);
      is_to_stop = IsToStop();
      const bool is_due = step_ % options_->save_every == 0 || step_ == recipe.steps || is_to_stop;
      if (is_due && processes_->rank() == 0) state_.Save(step_);
      if (options_->eval_every > 0 && step_ % options_->eval_every == 0) {
        if (processes_->rank() == 0) Evaluate();
        processes_->Barrier();
      }
    }
  }
  progress_.Finish(static_cast<int>(step_), Seconds(start_), "");
  if (average_) average_->Swap();  // what is saved
  return step_ == recipe.steps;
}

}  // namespace

bool TrainLoop(Stage* stage, const TrainLoopOptions& options, DataParallel* processes,
               std::ostream& log) {
  return Loop(stage, options, processes, log).Run();
}

}  // namespace libero
