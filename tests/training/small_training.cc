#include "tests/training/small_training.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <sstream>

#include <ATen/ATen.h>

#include "policy/gripper.h"
#include "policy/prompt.h"
#include "policy/word_vocabulary.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/small_vla.h"

#include <nlohmann/json.hpp>

namespace libero {

ModelConfig SmallModel(int lam_stage) {
  ModelConfig config;
  config.vla = SmallVla();
  config.vla.language_model.vocabulary = 320;
  config.vla.pad_id = WordVocabulary::kSize;
  config.vla.first_action_id = WordVocabulary::kSize + 1;
  config.action_decoder = {.input_dim = config.vla.language_model.dim, .dim = 24, .heads = 3};
  LamConfig& lam = config.latent_action_model;
  lam.stage = lam_stage;
  lam.features = config.vla.featurizer;
  lam.features.depth -= 1;  // the last block of the tower is not used
  lam.features.names = VitNames::kHub;
  lam.dim = 24;
  lam.heads = 3;
  lam.encoder_depth = 1;
  lam.decoder_depth = 1;
  lam.code_dim = 8;
  lam.text = {.vocabulary = WordVocabulary::kSize,
              .dim = 24,
              .depth = 1,
              .heads = 3,
              .head_dim = 8,
              .mlp_dim = 48};
  lam.text_frozen = false;
  config.quirks = "fixed";
  config.frame_size = 56;
  return config;
}

TrainingSet MakeSmallSet(const std::filesystem::path& folder, const std::vector<int>& counts) {
  TrainingSet set;
  int64_t num_rows = 0;
  for (const int count : counts) {
    const std::string task = fmt::format("task {}", set.demos.size());
    set.demos.push_back({.first = num_rows, .count = count, .task = task, .instruction = task});
    num_rows += count;
  }
  set.key = fmt::format("small set of {}", num_rows);
  const std::filesystem::path path = folder / "small.frames";
  const FrameFileInfo info = {.key = set.key, .size = 56, .num_frames = num_rows};
  FrameFileWriter writer(path, info);
  const at::Tensor actions = FormulaTensor("small actions", {num_rows, 7});
  for (int64_t row = 0; row < num_rows; ++row) {
    const at::Tensor pixels =
        FormulaIds(fmt::format("small picture {}", row), {56, 56, 3}, 256).to(at::kByte);
    writer.Write(row, {pixels.const_data_ptr<uint8_t>(), info.frame_bytes()});
    Action action{};
    for (size_t i = 0; i < 7; ++i) {
      action[i] = actions[row][static_cast<int64_t>(i)].item<double>();
    }
    action.back() = action.back() > 0 ? 1 : -1;
    set.actions.push_back(action);
  }
  writer.Finish();
  set.frames = FrameFile(path, info);
  return set;
}

ActionStatistics StatisticsOf(const TrainingSet& data) {
  std::vector<std::array<double, 7>> actions(data.actions.begin(), data.actions.end());
  for (std::array<double, 7>& action : actions) action.back() = GripperToNetwork(action.back());
  return ComputeStatistics(actions, static_cast<int64_t>(data.demos.size()));
}

Tokenizer MakeTokenizer(const TrainingSet& data) {
  std::vector<std::string> instructions;
  for (const TrainingDemo& demo : data.demos) instructions.push_back(demo.instruction);
  return MakeWordTokenizer(PromptWords(instructions));
}

bool TrainIn(const std::filesystem::path& folder, Stage* stage, const Recipe& recipe,
             int num_replicas) {
  std::filesystem::create_directories(folder);
  DataParallel alone;
  std::ostringstream log;
  return TrainLoop(stage,
                   {.recipe = recipe,
                    .save_every = recipe.steps,
                    .num_replicas = num_replicas,
                    .state_folder = folder / "state",
                    .metrics = folder / "metrics.jsonl",
                    .title = "test"},
                   &alone, log);
}

std::vector<double> ReadMetric(const std::filesystem::path& folder, const std::string& name) {
  std::ifstream file(folder / "metrics.jsonl");
  std::vector<double> values;
  for (std::string line; std::getline(file, line);) {
    values.push_back(nlohmann::json::parse(line).at(name).get<double>());
  }
  return values;
}

}  // namespace libero
