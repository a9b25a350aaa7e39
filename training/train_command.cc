#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/model_folder.h"
#include "policy/checkpoint/policy_folder.h"
#include "policy/gripper.h"
#include "policy/nn/device.h"
#include "policy/nn/initialize.h"
#include "policy/nn/lora.h"
#include "policy/nn/presets.h"
#include "policy/prompt.h"
#include "policy/proprio.h"
#include "policy/sentence_piece.h"
#include "policy/word_vocabulary.h"
#include "sim/base/check.h"
#include "sim/base/interrupt.h"
#include "sim/base/log.h"
#include "sim/base/run_folder.h"
#include "tasks/demo_dataset.h"
#include "tasks/demo_file.h"
#include "tasks/suites.h"
#include "training/checkpoint_folder.h"
#include "training/distributed.h"
#include "training/evaluation.h"
#include "training/feature_cache.h"
#include "training/features_stage.h"
#include "training/lam_stage.h"
#include "training/recipe.h"
#include "training/train_loop.h"
#include "training/training.h"
#include "training/vla_stage.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kInterrupted = 130;  // what shells report for SIGINT
constexpr uint64_t kShardBytes = 5'000'000'000;

Json ToJson(const Recipe& recipe) {
  return {{"steps", recipe.steps},
          {"batch_size", recipe.batch_size},
          {"accumulation", recipe.accumulation},
          {"learning_rate", recipe.learning_rate},
          {"matrix_rate", recipe.matrix_rate},
          {"schedule", recipe.schedule},
          {"decay_from", recipe.decay_from},
          {"warmup_steps", recipe.warmup_steps},
          {"weight_decay", recipe.weight_decay},
          {"clip_norm", recipe.clip_norm},
          {"ema_decay", recipe.ema_decay},
          {"restart_codes_every", recipe.restart_codes_every},
          {"augment", recipe.augment},
          {"history_share", recipe.history_share},
          {"use_visual_states", recipe.use_visual_states},
          {"use_proprio", recipe.use_proprio},
          {"action_loss", recipe.action_loss},
          {"action_weight", recipe.action_weight},
          {"keyframe_weight", recipe.keyframe_weight},
          {"lora_rank", recipe.lora_rank},
          {"freeze_vla", recipe.freeze_vla},
          {"freeze_towers", recipe.freeze_towers},
          {"own_answers", recipe.own_answers},
          {"skip_pauses", recipe.skip_pauses},
          {"precision", recipe.precision},
          {"checkpoint_activations", recipe.checkpoint_activations}};
}

Json ConfigJson(const TrainOptions& options, const Recipe& recipe,
                const std::vector<fs::path>& files) {
  Json data = Json::array();
  for (const fs::path& file : files) data.push_back(file.string());
  return {{"stage", StageName(options.stage)},
          {"preset", options.preset},
          {"from", options.from.string()},
          {"data", data},
          {"recipe", ToJson(recipe)},
          {"quirks", options.quirks},
          {"seed", options.seed},
          {"device", options.device},
          {"threads", options.num_threads}};
}

// The names of all that is in a task's scene; the task's own if no suite has it.
std::string ThingsOf(const std::string& task_name, const std::vector<Suite>& suites) {
  const Task* task = FindTaskNamed(suites, task_name);
  if (task == nullptr) return task_name;
  const Problem problem = LoadProblem(task->bddl_path);
  std::string things = problem.name;
  for (const auto* groups : {&problem.fixtures, &problem.objects}) {
    for (const InstanceGroup& group : *groups) {
      things += fmt::format(" {}", fmt::join(group.instances, " "));
    }
  }
  return things;
}

// Each row's, from the columns "obs/ee_states" and "obs/gripper_states"; empty without columns.
std::vector<Proprio> ProprioRows(const TrainingSet& data) {
  std::vector<Proprio> rows(data.numbers.empty() ? 0 : static_cast<size_t>(data.num_rows()));
  for (size_t row = 0; row < rows.size(); ++row) {
    auto next = rows[row].begin();
    for (const TrainingNumbers& column : data.numbers) {
      const auto first = column.values.begin() + static_cast<ptrdiff_t>(row * column.width);
      next = std::copy_n(first, column.width, next);
    }
  }
  return rows;
}

// Statistics of each suite's demonstrations; `rows`: see ProprioRows.
std::map<std::string, ActionStatistics> StatisticsOf(const TrainingSet& data,
                                                     const std::vector<Proprio>& rows,
                                                     const std::vector<std::string>& suites) {
  std::map<std::string, std::vector<Proprio>> proprio;
  std::map<std::string, std::vector<std::array<double, 7>>> actions;
  std::map<std::string, int64_t> num_demos;
  for (size_t d = 0; d < data.demos.size(); ++d) {
    const std::string& suite = suites[d];
    ++num_demos[suite];
    for (Action action : data.ActionsOf(data.demos[d])) {
      action.back() = GripperToNetwork(action.back());
      actions[suite].push_back(action);
    }
    if (rows.empty()) continue;
    const auto first = rows.begin() + data.demos[d].first;
    proprio[suite].insert(proprio[suite].end(), first, first + data.demos[d].count);
  }
  std::map<std::string, ActionStatistics> result;
  for (const auto& [suite, values] : actions) {
    result[suite] = ComputeStatistics(values, num_demos[suite]);
    if (!rows.empty()) result[suite].proprio = ComputeColumnStatistics(proprio[suite]);
  }
  return result;
}

// The suite that a task is of; its own name for a task of somebody's own.
std::string SuiteOf(const std::string& task_name, const std::vector<Suite>& suites) {
  const Task* task = FindTaskNamed(suites, task_name);
  return task == nullptr ? task_name : task->suite;
}

// An instruction as the text encoder of the latent action model gets it: lower case, without
// punctuation. source: UniVLA@0ab9e9d:latent_action_model/genie/model.py
std::string PlainText(const std::string& instruction) {
  std::string text;
  for (const char letter : instruction) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::ispunct(byte) == 0) text += static_cast<char>(std::tolower(byte));
  }
  return text;
}

// Whether a stored action decoder takes the inputs that the config says.
bool HasSizesOf(const TensorStore& decoder, const ModelConfig& config) {
  ModelConfig stored = config;
  AdoptSizes(ModelPart::kActionDecoder, decoder, &stored);
  return stored.action_decoder.proprio_dim == config.action_decoder.proprio_dim &&
         stored.action_decoder.sees_picture == config.action_decoder.sees_picture;
}

// The processes that run the same command, and this one's device among them.
struct Processes {
  DataParallel* all = nullptr;
  at::Device device = at::kCPU;
};

// One call of `libero train`, from data to checkpoint. Files are written by rank 0.
class TrainRun {
 public:
  TrainRun(const TrainOptions& options, const Recipe& recipe, const RunFolder& folder,
           std::vector<fs::path> files, Processes processes, std::ostream& log);

  // Returns whether all steps have been made.
  bool Run(const InterruptListener& interrupt);

 private:
  bool TrainFeatures(const TrainLoopOptions& loop);
  bool TrainLam(const TrainLoopOptions& loop);
  bool TrainVla(const TrainLoopOptions& loop);
  void LoadStart();
  [[nodiscard]] int NumReplicas() const;
  [[nodiscard]] std::unique_ptr<LatentActionModel> MakeLam(int stage) const;
  [[nodiscard]] TextEncoder InstructionEncoder() const;
  [[nodiscard]] std::unique_ptr<LatentActionModel> LoadLam(int stage) const;
  [[nodiscard]] PolicyNetworks MakePolicy() const;
  [[nodiscard]] std::vector<NetworkProprio> NetworkProprioRows() const;
  [[nodiscard]] at::Tensor Features(LatentActionModel* lam) const;
  [[nodiscard]] ScenePositions ReadPositions() const;
  using NamedNetworks = std::vector<std::pair<std::string, Module*>>;
  void Save(const NamedNetworks& networks, const fs::path& folder) const;
  [[nodiscard]] EvaluationRequest RequestEvaluation(const fs::path& folder) const;
  void AddEvaluation(VlaStage* stage, const NamedNetworks& networks, TrainLoopOptions* loop) const;

  const TrainOptions* options_;
  Recipe recipe_;
  const RunFolder* folder_;
  std::vector<fs::path> files_;
  std::ostream* log_;
  fs::path from_;  // checkpoint folder of the stage before, or ""
  PolicyFolderTexts texts_;
  at::Device device_;
  fs::path cache_folder_;
  std::unique_ptr<TrainingSet> data_;
  std::vector<std::string> suites_;  // of each demonstration
  std::vector<Proprio> proprio_;     // of each row; empty if it is not asked for
  DataParallel* processes_;
};

TrainRun::TrainRun(const TrainOptions& options, const Recipe& recipe, const RunFolder& folder,
                   std::vector<fs::path> files, Processes processes, std::ostream& log)
    : options_(&options),
      recipe_(recipe),
      folder_(&folder),
      files_(std::move(files)),
      log_(&log),
      device_(processes.device),
      cache_folder_(options.cache_folder ? *options.cache_folder / "training"
                                         : folder.file("cache")),
      processes_(processes.all) {
  if (!options.from.empty()) from_ = ResolveCheckpoint(options.from);
  texts_.config =
      from_.empty() ? FindPreset(options.preset) : ReadConfigFile(from_ / "config.json");
  texts_.config.quirks = options.quirks;
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const ImageTransformOptions transform = {
      .size = static_cast<int>(texts_.config.vla.featurizer.image_size)};
  std::vector<std::string> numbers;
  if (recipe_.use_proprio || recipe_.keyframe_weight > 0) {
    numbers = {"obs/ee_states", "obs/gripper_states"};
  }
  RankZeroFirst(processes_, [&] {
    data_ = std::make_unique<TrainingSet>(LoadTrainingSet(files_, suites,
                                                          {.numbers = numbers,
                                                           .transform = transform,
                                                           .cache_folder = cache_folder_,
                                                           .num_threads = options.num_threads}));
  });
  for (const TrainingDemo& demo : data_->demos) suites_.push_back(SuiteOf(demo.task, suites));
  texts_.config.frame_size = DemoDataset(files_, suites).picture_size(0).first;
  LoadStart();
  log << fmt::format("{} demonstrations in {} files, {} steps\n", data_->demos.size(),
                     files_.size(), data_->num_rows())
      << std::flush;
}

void TrainRun::LoadStart() {
  proprio_ = ProprioRows(*data_);
  texts_.statistics = StatisticsOf(*data_, proprio_, suites_);
  std::vector<std::string> instructions;
  for (const TrainingDemo& demo : data_->demos) {
    if (std::ranges::find(instructions, demo.instruction) == instructions.end()) {
      instructions.push_back(demo.instruction);
    }
  }
  if (from_.empty()) {
    texts_.words = PromptWords(instructions);
  } else if (fs::exists(from_ / "words.txt")) {
    texts_.words = ReadWords(from_ / "words.txt");
  }
}

// Of all rows of the data; see TrainingSet for what is left out where rows and observations differ.
ScenePositions TrainRun::ReadPositions() const {
  const std::vector<Suite> suites = LoadSuites(options_->data_root);
  const DemoDataset dataset(files_, suites, {.pictures = {}, .numbers = {"states", "obs/ee_pos"}});
  std::vector<std::string> things;  // of each file
  for (const DemoFileEntry& file : dataset.files()) things.push_back(ThingsOf(file.task, suites));
  ScenePositions positions;
  for (size_t d = 0; d < dataset.demos().size(); ++d) {
    const DemoEntry& demo = dataset.demos()[d];
    const DemoFileEntry& file = dataset.files()[static_cast<size_t>(demo.file)];
    const int shift = file.observations == ObservationTime::kAfterAction ? 1 : 0;
    if (demo.num_steps <= shift) continue;
    const DemoWindow window = dataset.Read(static_cast<int>(d), 0, demo.num_steps);
    const std::vector<double>& states = window.numbers[0];
    const int64_t width = static_cast<int64_t>(states.size()) / demo.num_steps;
    for (int t = shift; t < demo.num_steps; ++t) {
      constexpr int64_t kHand = 3;
      const auto hand = window.numbers[1].begin() + (t - shift) * kHand;
      std::vector<double>& row = positions.rows.emplace_back(hand, hand + kHand);
      // (time, qpos, qvel): at least the first half of what is behind the time are positions
      const auto state = states.begin() + t * width + 1;
      row.insert(row.end(), state, state + width / 2);
    }
    positions.things.push_back(things[static_cast<size_t>(demo.file)]);
  }
  LIBERO_CHECK(static_cast<int64_t>(positions.rows.size()) == data_->num_rows());
  return positions;
}

std::unique_ptr<LatentActionModel> TrainRun::MakeLam(int stage) const {
  LamConfig config = texts_.config.latent_action_model;
  config.stage = stage;
  auto lam =
      std::make_unique<LatentActionModel>(config, at::TensorOptions(device_).dtype(at::kFloat));
  InitializeWeights(lam.get(), options_->seed);
  return lam;
}

std::unique_ptr<LatentActionModel> TrainRun::LoadLam(int stage) const {
  ModelConfig config = texts_.config;
  config.latent_action_model.stage = stage;
  return LoadLatentActionModel(from_, config, device_);
}

PolicyNetworks TrainRun::MakePolicy() const {
  PolicyNetworks networks = MakePolicyNetworks(texts_.config, device_, options_->seed);
  if (from_.empty()) return networks;
  for (const PartFile& part : FindParts(from_)) {
    const TensorStore store(part.path);
    if (part.part == ModelPart::kVla) LoadWeights(networks.vla.get(), store, part.part);
    if (part.part != ModelPart::kActionDecoder) continue;
    if (HasSizesOf(store, texts_.config)) {
      LoadWeights(networks.decoder.get(), store, part.part);
    } else {
      *log_ << "the action decoder is new: it takes other inputs than that of --from\n";
    }
  }
  return networks;
}

// Of all rows of the data; empty if it is not asked for.
std::vector<NetworkProprio> TrainRun::NetworkProprioRows() const {
  std::vector<NetworkProprio> result(proprio_.size());
  if (proprio_.empty()) return result;
  for (size_t d = 0; d < data_->demos.size(); ++d) {
    const TrainingDemo& demo = data_->demos[d];
    const ActionStatistics& statistics = texts_.statistics.at(suites_[d]);
    for (auto row = static_cast<size_t>(demo.first);
         row < static_cast<size_t>(demo.first + demo.count); ++row) {
      result[row] = NormalizeProprio(proprio_[row], *statistics.proprio);
    }
  }
  return result;
}

at::Tensor TrainRun::Features(LatentActionModel* lam) const {
  at::Tensor features;
  RankZeroFirst(processes_, [&] { features = ImageFeatures(lam, *data_, cache_folder_, *log_); });
  return features;
}

// Writes a checkpoint folder: these networks, the texts, and all else from the stage before.
void TrainRun::Save(const NamedNetworks& networks, const fs::path& folder) const {
  if (processes_->rank() != 0) return;
  fs::path made = folder;
  made += ".new";
  fs::remove_all(made);
  fs::create_directories(made);
  std::vector<std::string> replaced = {"config.json", "words.txt", "dataset_statistics.json"};
  for (const auto& [stem, network] : networks) replaced.push_back(stem);
  if (!from_.empty()) CopyParts(from_, made, replaced);
  WritePolicyFolderTexts(made, texts_);
  for (const auto& [stem, network] : networks) {
    SaveWeights(network, made, stem, network->parameters()[0].tensor->scalar_type(), kShardBytes);
  }
  fs::remove_all(folder);
  fs::rename(made, folder);
}

// For the text encoder of stage 1: T5's, or the words of presets that train their own.
TextEncoder TrainRun::InstructionEncoder() const {
  if (!texts_.words.empty()) {
    return [tokenizer = MakeWordTokenizer(texts_.words)](std::string_view text) {
      const std::vector<int> ids = tokenizer.Encode(text);
      return std::vector<int64_t>(ids.begin() + 1, ids.end());  // without the beginning
    };
  }
  if (fs::exists(from_ / "spiece.model")) return LoadT5Tokenizer(from_ / "spiece.model");
  throw Error(
      fmt::format("{}: no spiece.model: stage lam1 reads instructions as T5 does", from_.string()),
      "it is published with t5-base");
}

bool TrainRun::TrainFeatures(const TrainLoopOptions& loop) {
  const std::unique_ptr<LatentActionModel> lam = MakeLam(1);
  PolicyNetworks networks = MakePolicy();
  FeaturesStage stage(lam.get(), &networks, data_.get(), ReadPositions(), loop.recipe,
                      options_->seed);
  if (!TrainLoop(&stage, loop, processes_, *log_)) return false;
  stage.Finish();
  Save({{"latent_action_model", lam.get()},
        {"model", networks.vla.get()},
        {"action_decoder", networks.decoder.get()}},
       folder_->file("checkpoint"));
  return true;
}

bool TrainRun::TrainLam(const TrainLoopOptions& loop) {
  const bool is_first = options_->stage == TrainStage::kLam1;
  std::unique_ptr<LatentActionModel> lam = LoadLam(1);
  if (!is_first) {
    // stage 2 begins with the backbone, the queries and the codebook of stage 1
    std::unique_ptr<LatentActionModel> second = MakeLam(2);
    const c10::NoGradGuard no_grad;
    std::map<std::string, at::Tensor> first;
    for (const NamedTensor& tensor : lam->parameters()) first[tensor.name] = *tensor.tensor;
    for (const NamedTensor& tensor : second->parameters()) {
      const bool is_kept = tensor.name.starts_with("dino_encoder.") ||
                           tensor.name == "vq.codebook.weight" || tensor.name == "action_latent";
      if (is_kept) tensor.tensor->copy_(first.at(tensor.name));
    }
    lam = std::move(second);
  }
  std::vector<std::vector<int64_t>> text;
  if (is_first) {
    const TextEncoder encode = InstructionEncoder();
    for (const TrainingDemo& demo : data_->demos)
      text.push_back(encode(PlainText(demo.instruction)));
  }
  LamStage stage(lam.get(), data_.get(), Features(lam.get()), text, loop.recipe,
                 ParseQuirks(options_->quirks), options_->seed);
  if (!TrainLoop(&stage, loop, processes_, *log_)) return false;
  const LamQuality quality = stage.Measure();
  *log_ << fmt::format("held out: mse {:.4f}, {:.0f} % below copying, code usage {:.2f}\n",
                       quality.mse, 100 * (1 - quality.mse / quality.copy_mse), quality.code_usage);
  texts_.config.latent_action_model.stage = is_first ? 1 : 2;
  Save({{"latent_action_model", lam.get()}}, folder_->file("checkpoint"));
  return true;
}

bool TrainRun::TrainVla(const TrainLoopOptions& loop) {
  const std::unique_ptr<LatentActionModel> lam = LoadLam(2);
  const at::Tensor features = Features(lam.get());
  const std::string key = data_->key + HashOf(lam.get());
  at::Tensor codes;
  RankZeroFirst(processes_, [&] {
    codes = Cached(cache_folder_, "labels", key,
                   [&] { return LatentLabels(*lam, *data_, features).codes(); });
  });
  const LatentLabels labels(*data_, codes);
  const bool with_actions = options_->stage == TrainStage::kFinetune;
  if (with_actions) {
    ActionDecoderConfig& decoder = texts_.config.action_decoder;
    decoder.proprio_dim = recipe_.use_proprio ? static_cast<int64_t>(kProprioDim) : 0;
    decoder.sees_picture = recipe_.use_visual_states;
  }
  PolicyNetworks networks = MakePolicy();
  const Tokenizer tokenizer =
      texts_.words.empty() ? LoadTokenizer(from_) : MakeWordTokenizer(texts_.words);
  VlaData data = {.set = data_.get(), .labels = &labels, .tokenizer = &tokenizer};
  for (const std::string& suite : suites_) {
    data.statistics.push_back(&texts_.statistics.at(suite));
  }
  data.proprio = NetworkProprioRows();
  texts_.config.knows_history = loop.recipe.history_share > 0;
  VlaStage stage(&networks, std::move(data), with_actions, loop.recipe,
                 ParseQuirks(options_->quirks), options_->seed);
  const NamedNetworks made = {{"model", networks.vla.get()},
                              {"action_decoder", networks.decoder.get()}};
  TrainLoopOptions complete = loop;
  if (options_->eval_every > 0) AddEvaluation(&stage, made, &complete);
  if (!TrainLoop(&stage, complete, processes_, *log_)) return false;
  stage.Finish();
  Save(made, folder_->file("checkpoint"));
  return true;
}

// Of the tasks that the demonstrations are of, which have to be of one suite.
EvaluationRequest TrainRun::RequestEvaluation(const fs::path& folder) const {
  EvaluationRequest request;
  request.checkpoint = folder / "checkpoint";
  request.suite = suites_.front();
  request.num_episodes = options_->eval_episodes;
  request.act = texts_.config.knows_history ? "ensemble" : "chunked";
  request.device = options_->device;
  request.out = folder / "eval";
  const std::vector<Suite> suites = LoadSuites(options_->data_root);
  for (const Task& task : FindSuite(suites, request.suite).tasks) {
    const bool is_learnt = std::ranges::any_of(
        data_->demos, [&](const TrainingDemo& demo) { return demo.task == task.name; });
    if (is_learnt) request.tasks.push_back(task.index);
  }
  return request;
}

void TrainRun::AddEvaluation(VlaStage* stage, const NamedNetworks& networks,
                             TrainLoopOptions* loop) const {
  if (std::ranges::any_of(suites_, [&](const auto& suite) { return suite != suites_.front(); })) {
    throw Error(fmt::format("--eval-every: the demonstrations are of several suites, among them {} "
                            "and {}",
                            suites_.front(), suites_.back()),
                "libero eval evaluates a checkpoint in each of them");
  }
  (void)RequestEvaluation("");  // throws if it is no suite
  loop->eval_every = options_->eval_every;
  loop->evaluate = [=, this](int64_t step) -> std::vector<std::pair<std::string, double>> {
    const fs::path folder = folder_->file(fmt::format("evaluations/step_{:06}", step));
    const EvaluationRequest request = RequestEvaluation(folder);
    stage->WhileMerged([&] { Save(networks, request.checkpoint); });
    const EvaluationResult result = EvaluateCheckpoint(request);
    fs::remove_all(request.checkpoint);
    return {{"success_rate", result.success_rate()}};
  };
}

// On a CPU, threads with a part of the batch each get more done than threads that share each
// operation. As many as divide this process's share of the batch.
int TrainRun::NumReplicas() const {
  if (device_.is_cuda()) return 1;
  const int64_t part = recipe_.batch_size / recipe_.accumulation / processes_->size();
  int count = options_->num_threads;
  while (part % count != 0) --count;
  return count;
}

bool TrainRun::Run(const InterruptListener& interrupt) {
  if (NumReplicas() > 1) at::set_num_threads(1);
  constexpr int64_t kSavesInAll = 20;
  const TrainLoopOptions loop = {
      .recipe = recipe_,
      .seed = options_->seed,
      .save_every = options_->save_every > 0 ? options_->save_every
                                             : std::max<int64_t>(1, recipe_.steps / kSavesInAll),
      .num_workers = std::max(1, options_->num_threads / 2),
      .num_replicas = NumReplicas(),
      .clips_before_backward = options_->stage == TrainStage::kFinetune &&
                               ParseQuirks(options_->quirks).clips_before_backward,
      .state_folder = folder_->file("state"),
      .metrics = folder_->file("metrics.jsonl"),
      .title = std::string(StageName(options_->stage)),
      .log_is_terminal = options_->log_is_terminal,
      .stop = interrupt.finish()};
  switch (options_->stage) {
    case TrainStage::kFeatures:
      return TrainFeatures(loop);
    case TrainStage::kLam1:
    case TrainStage::kLam2:
      return TrainLam(loop);
    case TrainStage::kVla:
    case TrainStage::kFinetune:
      return TrainVla(loop);
  }
  LIBERO_CHECK(false);
}

// Throws Error for options that do not fit together, or name what is not there.
void CheckOptions(const TrainOptions& options, const Recipe& recipe) {
  CheckRecipe(recipe);
  (void)ParseQuirks(options.quirks);
  (void)ChooseDevice(options.device);
  if (recipe.freeze_vla && options.stage != TrainStage::kFinetune) {
    throw Error(fmt::format("--freeze-vla: stage {} trains nothing else", StageName(options.stage)),
                "it is for finetune");
  }
  if (options.eval_every < 0 || options.eval_episodes < 1) {
    throw Error("--eval-every and --eval-episodes: expected 0 or more, and 1 or more");
  }
  if (options.eval_every > 0 && options.stage != TrainStage::kFinetune) {
    throw Error(
        fmt::format("--eval-every: what stage {} trains does not act", StageName(options.stage)),
        "it is for finetune");
  }
  if (!options.from.empty()) {
    (void)ResolveCheckpoint(options.from);
  } else if (options.stage != TrainStage::kFeatures) {
    throw Error(
        fmt::format("--from: stage {} begins with the stage before", StageName(options.stage)),
        "give its --out folder");
  }
}

}  // namespace

int RunTrainCommand(const TrainOptions& options, std::ostream& log) {
  ProcessPlace place = ReadProcessPlace(&ReadEnvironment);
  place.job = options.out.string();
  TrainOptions complete = options;
  if (complete.num_threads == 0) {
    const auto num_cores = static_cast<int>(std::thread::hardware_concurrency());
    complete.num_threads = std::max(1, num_cores / place.local_size);
  }
  const Recipe recipe = Changed(DefaultRecipe(complete.preset, complete.stage), complete.changes);
  CheckOptions(complete, recipe);
  const std::vector<fs::path> files = FindDemoFiles(complete.data);
  const InterruptListener interrupt;  // before there are other threads
  at::set_num_threads(complete.num_threads);
  const at::Device device = ChooseDeviceOf(place, complete.device);
  const std::unique_ptr<DataParallel> processes = JoinProcesses(place, device);
  std::ostream silence(nullptr);
  std::ostream& own_log = place.rank == 0 ? log : silence;

  std::optional<RunFolder> folder;
  RankZeroFirst(processes.get(), [&] {
    folder.emplace(complete.out, ConfigJson(complete, recipe, files),
                   std::vector<std::string>{"device"});
  });
  if (folder->is_done()) {
    if (place.rank == 0) fs::remove_all(folder->file("state"));
    own_log << fmt::format("{}: done already\n", complete.out.string());
    return 0;
  }
  TrainRun training(complete, recipe, *folder, files, {processes.get(), device}, own_log);
  const bool is_over = training.Run(interrupt);
  if (is_over && place.rank == 0) {
    folder->WriteDone(fmt::format("{}: {} steps", StageName(complete.stage), recipe.steps));
    fs::remove_all(folder->file("state"));
  }
  processes->Barrier();  // nobody leaves before all is written
  if (is_over) return 0;
  if (place.rank == 0) LogInfo("training", "interrupted; the same command continues");
  return kInterrupted;
}

}  // namespace libero
