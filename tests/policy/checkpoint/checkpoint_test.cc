#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/checkpoint/adapter.h"
#include "policy/checkpoint/commands.h"
#include "policy/checkpoint/load_weights.h"
#include "policy/checkpoint/model_folder.h"
#include "policy/nn/action_decoder.h"
#include "policy/nn/initialize.h"
#include "policy/nn/latent_action_model.h"
#include "policy/nn/presets.h"
#include "policy/nn/univla.h"
#include "sim/base/check.h"
#include "sim/base/counter_random.h"
#include "sim/base/text_file.h"
#include "tests/policy/checkpoint/torch_file_writer.h"
#include "tests/policy/nn/formula_weights.h"
#include "tests/policy/nn/recorded.h"
#include "tests/policy/nn/small_vla.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const fs::path kGolden = fs::path(LIBERO_GOLDEN_DIR) / "networks";
constexpr uint64_t kLarge = uint64_t{1} << 40;

void WriteText(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

// A folder with a VLA of these sizes, its weights from the formula.
void WriteVla(const fs::path& folder, const ModelConfig& config, uint64_t max_bytes = kLarge) {
  fs::create_directories(folder);
  UniVla model(config.vla, at::kFloat);
  FillByFormula(&model);
  SaveWeights(&model, folder, "model", at::kFloat, max_bytes);
  WriteText(folder / "config.json", nlohmann::json{{"libero", ToJson(config)}}.dump());
}

ModelConfig SmallModel() {
  ModelConfig config;
  config.vla = SmallVla();
  config.action_decoder.input_dim = config.vla.language_model.dim;
  return config;
}

// The beginnings of names here and in a native checkpoint.
struct NativeName {
  std::string ours, native;
};

std::string Convert(const ConvertOptions& options) {
  std::ostringstream out;
  RunConvertCommand(options, out);
  return out.str();
}

std::string Inspect(const fs::path& folder, int expected_status) {
  std::ostringstream out;
  EXPECT_EQ(RunInspectCheckpointCommand({.folder = folder}, out), expected_status) << out.str();
  return out.str();
}

// Equal names and equal values.
void ExpectSameParameters(Module& a, Module& b) {
  const std::vector<NamedTensor> expected = a.parameters();
  const std::vector<NamedTensor> got = b.parameters();
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].name, got[i].name);
    EXPECT_TRUE(at::equal(*expected[i].tensor, *got[i].tensor)) << expected[i].name;
  }
}

// The message of the error that opening gives, or "none".
std::string ErrorOfOpening(const fs::path& path) {
  try {
    const TensorStore store(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

class CheckpointTest : public testing::Test {
 protected:
  const TestFolder folder_;
  const c10::NoGradGuard no_grad_;
};

TEST_F(CheckpointTest, EveryNetworkOfThePresetReadsWhatItWrote) {
  const ModelConfig config = FindPreset("tiny");
  for (const ModelPart part :
       {ModelPart::kVla, ModelPart::kLatentActionModel, ModelPart::kActionDecoder}) {
    const std::unique_ptr<Module> written = MakeNetwork(part, config, at::kFloat);
    InitializeWeights(written.get(), 7);
    SaveWeights(written.get(), folder_.path(), FileStem(part), at::kFloat, 1'000'000);
    const std::unique_ptr<Module> read = MakeNetwork(part, config, at::kFloat);
    const std::vector<PartFile> files = FindParts(folder_.path());
    const auto file = std::ranges::find(files, part, &PartFile::part);
    ASSERT_NE(file, files.end());
    EXPECT_TRUE(LoadWeights(read.get(), TensorStore(file->path), part).empty());
    ExpectSameParameters(*written, *read);
  }
  EXPECT_TRUE(fs::exists(folder_ / "model.safetensors.index.json"));
}

TEST_F(CheckpointTest, EveryTensorThatDoesNotFitIsNamed) {
  ActionDecoderConfig config{.input_dim = 8, .dim = 4, .heads = 2, .chunk_size = 2};
  ActionDecoder model(config, at::kFloat);
  FillByFormula(&model);
  std::vector<TensorToWrite> tensors;
  for (const NamedTensor& parameter : model.parameters()) {
    if (parameter.name == "proj.0.weight") continue;  // missing
    at::Tensor tensor = *parameter.tensor;
    if (parameter.name == "visual_pool.attn.q.weight") tensor = tensor.slice(0, 0, 3);
    if (parameter.name == "visual_pool.latents") tensor = tensor.to(at::kLong);
    tensors.push_back(ToWrite(parameter.name, tensor, tensor.scalar_type()));
  }
  tensors.push_back(ToWrite("proj.2.weight", at::zeros({2}), at::kFloat));
  WriteSafetensors(folder_ / "x.safetensors", tensors);
  EXPECT_THAT(
      [&] {
        LoadWeights(&model, TensorStore(folder_ / "x.safetensors"), ModelPart::kActionDecoder);
      },
      ThrowsMessage<Error>(
          AllOf(HasSubstr("4 problems with the weights of the action decoder"),
                HasSubstr("visual_pool.attn.q.weight: expected the shape (4, 4), got (3, 4)"),
                HasSubstr("visual_pool.latents: expected floating-point numbers, got i64"),
                HasSubstr("proj.2.weight: the network has no such parameter"),
                HasSubstr("proj.0.weight: missing, expected the shape (14, 4)"))));
}

TEST_F(CheckpointTest, ConvertsTypesOnReading) {
  ActionDecoderConfig config{.input_dim = 8, .dim = 4, .heads = 2};
  ActionDecoder model(config, at::kFloat);
  FillByFormula(&model);
  SaveWeights(&model, folder_.path(), "action_decoder", at::kBFloat16, kLarge);
  ActionDecoder read(config, at::kFloat);
  LoadWeights(&read, TensorStore(folder_ / "action_decoder.safetensors"),
              ModelPart::kActionDecoder);
  EXPECT_TRUE(at::equal(*read.parameters()[1].tensor,
                        model.parameters()[1].tensor->to(at::kBFloat16).to(at::kFloat)));
}

TEST_F(CheckpointTest, ShardsMustBeThoseOfTheIndex) {
  WriteVla(folder_.path(), SmallModel(), 100'000);
  const fs::path index = folder_ / "model.safetensors.index.json";
  nlohmann::json json = ReadJsonFile(index);
  const auto error_with = [&](const std::string& tensor, const std::string& file) {
    nlohmann::json changed = json;
    changed["weight_map"][tensor] = file;
    WriteText(index, changed.dump());
    return ErrorOfOpening(folder_.path());
  };
  const std::string name = "language_model.model.norm.weight";
  const std::string file = json["weight_map"][name];
  EXPECT_EQ(error_with(name, file), "none");
  EXPECT_THAT(error_with(name, "model-00009-of-00001.safetensors"), HasSubstr("is not there"));
  EXPECT_THAT(error_with(name, "../" + file), HasSubstr("expected the name of a file beside it"));
  EXPECT_THAT(error_with("more", file), HasSubstr("the tensor 'more' is not in " + file));
  const std::string first = json["weight_map"]["vision_backbone.featurizer.cls_token"];
  ASSERT_NE(first, file);
  EXPECT_THAT(error_with(name, first), HasSubstr("the index says"));
}

// Damaged at random, a file of torch.save gives an Error or tensors, and nothing else.
TEST_F(CheckpointTest, SurvivesDamagedArchives) {
  std::ifstream file(kGolden / "action_decoder-small.pt", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  CounterRandom random("archive damage");
  const fs::path path = folder_ / "x.pt";
  int num_errors = 0;
  constexpr int kNumTries = 300;
  for (int i = 0; i < kNumTries; ++i) {
    std::string damaged = bytes;
    // at the ends, where names, numbers and the directory are
    constexpr uint32_t kEnd = 5000;
    for (int j = 0; j < 3; ++j) {
      const uint32_t place = random.Bits() % (2 * kEnd);
      const size_t at = place < kEnd ? place : damaged.size() - 1 - (place - kEnd);
      damaged[at] = static_cast<char>(random.Bits());
    }
    if (random.Bits() % 4 == 0) damaged.resize(random.Bits() % damaged.size());
    std::ofstream(path, std::ios::binary) << damaged;
    try {
      const TensorStore store(path);
      for (const StoredTensor& tensor : store.tensors()) (void)ViewOf(tensor).to(at::kFloat).sum();
    } catch (const Error&) {
      ++num_errors;
    }
  }
  EXPECT_GT(num_errors, kNumTries / 2);
}

TEST_F(CheckpointTest, TakesTheStateDictOfALightningCheckpoint) {
  const fs::path folder = fs::path(LIBERO_GOLDEN_DIR) / "torch_archives";
  const TensorStore store(folder / "lightning.ckpt");
  EXPECT_FALSE(store.tensors().empty());
  for (const StoredTensor& tensor : store.tensors()) {
    EXPECT_THAT(tensor.name, testing::Not(HasSubstr("optimizer")));
  }
  EXPECT_THAT([&] { (void)DetectPart(store); }, ThrowsMessage<Error>(HasSubstr("got 4 tensors")));
}

TEST_F(CheckpointTest, RefusesFilesThatAreNoWeights) {
  const fs::path folder = fs::path(LIBERO_GOLDEN_DIR) / "torch_archives";
  EXPECT_THAT(ErrorOfOpening(folder / "arrays.pt"),
              HasSubstr("expected a tensor or a dict, got a ndarray"));
  EXPECT_NE(ErrorOfOpening(folder / "evil.pt"), "none");
  EXPECT_THAT(ErrorOfOpening(folder / "v1.npy"),
              HasSubstr("expected a folder, or a file *.safetensors"));
}

TEST_F(CheckpointTest, ReadsTheDecoderThatTorchSaved) {
  const TensorStore store(kGolden / "action_decoder-small.pt");
  EXPECT_EQ(DetectPart(store), ModelPart::kActionDecoder);
  ActionDecoder model({.input_dim = 40, .dim = 24, .heads = 3}, at::kFloat);
  LoadWeights(&model, store, ModelPart::kActionDecoder);
  EXPECT_LE(RelativeError(model.forward(FormulaTensor("latent", {2, 4, 40}),
                                        FormulaTensor("visual", {2, 16, 40}), {}),
                          Recorded("action_decoder", "small")),
            kTolerance);
}

TEST_F(CheckpointTest, ReadsTheAdapterThatPeftSaved) {
  const Adapter adapter(kGolden / "adapter");
  EXPECT_EQ(adapter.layers().size(), 49);
  EXPECT_EQ(adapter.config().scale(), 0.5);
  WriteVla(folder_ / "base", SmallModel());
  WriteText(folder_ / "base" / "tokenizer.model", "words");
  const std::string text =
      Convert({.in = kGolden / "adapter", .base = folder_ / "base", .out = folder_ / "merged"});
  EXPECT_THAT(text, AllOf(HasSubstr("merged: 49 layers with rank 2, scale 0.5"),
                          HasSubstr("copied: tokenizer.model")));
  UniVla merged(SmallVla(), at::kFloat);
  LoadWeights(&merged, TensorStore(folder_ / "merged"), ModelPart::kVla);
  const at::Tensor logits = merged.Logits(
      merged.forward(FormulaTensor("pixels", {2, 6, 56, 56}), FormulaIds("tokens", {2, 9}, 128)));
  EXPECT_LE(RelativeError(logits.slice(-1, 0, 128, 4), Recorded("adapter", "logits")), kTolerance);
}

TEST_F(CheckpointTest, AdaptersAreWrittenAsTheyAreRead) {
  UniVla model(SmallVla(), at::kFloat);
  FillByFormula(&model);
  constexpr LoraConfig kLora = {.rank = 2, .alpha = 1};
  AddLora(&model, kLora);
  FillByFormula(&model);
  SaveAdapter(&model, kLora, "base", folder_ / "adapter");
  const TensorStore ours(folder_ / "adapter");
  const TensorStore pefts(kGolden / "adapter");
  ASSERT_EQ(ours.tensors().size(), pefts.tensors().size());
  for (const StoredTensor& tensor : pefts.tensors()) {
    const StoredTensor* const own = ours.Find(tensor.name);
    ASSERT_NE(own, nullptr) << tensor.name;
    EXPECT_TRUE(at::equal(ViewOf(*own), ViewOf(tensor))) << tensor.name;
  }
}

TEST_F(CheckpointTest, AdaptersThatAreNotPlainOrDoNotFitAreRefused) {
  WriteVla(folder_ / "base", SmallModel());
  fs::copy(kGolden / "adapter", folder_ / "adapter");
  const nlohmann::json json = ReadJsonFile(folder_ / "adapter" / "adapter_config.json");
  const auto error_with = [&](const std::string& key, const nlohmann::json& value) {
    nlohmann::json changed = json;
    changed[key] = value;
    WriteText(folder_ / "adapter" / "adapter_config.json", changed.dump());
    try {
      const Adapter adapter(folder_ / "adapter");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(error_with("use_dora", true), HasSubstr("use_dora is true, which is not known"));
  EXPECT_THAT(error_with("bias", "all"), HasSubstr("bias is"));
  EXPECT_THAT(error_with("rank_pattern", {{"q_proj", 4}}), HasSubstr("rank_pattern is"));
  EXPECT_THAT(error_with("r", 3), HasSubstr("expected A and B of rank 3, got (2, "));
  EXPECT_EQ(error_with("r", 2), "none");
}

TEST_F(CheckpointTest, AnAdapterNeedsItsBase) {
  EXPECT_THAT([&] { Convert({.in = kGolden / "adapter", .out = folder_ / "out"}); },
              ThrowsMessage<Error>(HasSubstr("say with --base which VLA it is for")));
}

// Prismatic's own names and nesting, as its converter for Hugging Face maps them.
TEST(TensorNamesTest, NativeNamesBecomeThoseOfFolders) {
  const std::vector<NativeName> names = {
      {"vision_backbone.featurizer.blocks.3.ls1.scale_factor",
       "vision_backbone.dino_featurizer.blocks.3.ls1.gamma"},
      {"vision_backbone.fused_featurizer.attn_pool.latent",
       "vision_backbone.siglip_featurizer.attn_pool.latent"},
      {"projector.fc1.weight", "projector.projector.0.weight"},
      {"projector.fc2.bias", "projector.2.bias"},
      {"projector.fc3.weight", "projector.fc3.weight"},
      {"language_model.model.embed_tokens.weight", "llm_backbone.llm.model.embed_tokens.weight"},
      {"language_model.lm_head.weight", "llm_backbone.llm.lm_head.weight"}};
  for (const NativeName& name : names) {
    EXPECT_EQ(CanonicalName(ModelPart::kVla, name.native).name, name.ours);
  }
}

TEST(TensorNamesTest, OtherPartsLoseTheirPrefixes) {
  EXPECT_EQ(CanonicalName(ModelPart::kLatentActionModel, "lam.encoder.ffn.0.weight").name,
            "encoder.ffn.0.weight");
  EXPECT_FALSE(
      CanonicalName(ModelPart::kLatentActionModel, "lam.text_encoder.encoder.embed_tokens.weight")
          .ignored.empty());
  EXPECT_EQ(CanonicalName(ModelPart::kActionDecoder, "net.proj.0.bias").name, "proj.0.bias");
}

TEST_F(CheckpointTest, AFolderAsPublishedBecomesOneOfOurs) {
  const fs::path in = folder_ / "in";
  const ModelConfig config = SmallModel();
  WriteVla(in, config, 50'000);
  WriteText(in / "dataset_statistics.json", R"({"libero_goal_no_noops": {}})");
  ActionDecoder decoder(config.action_decoder, at::kFloat);
  FillByFormula(&decoder);
  SaveWeights(&decoder, in, "action_decoder", at::kFloat, kLarge);

  const fs::path out = folder_ / "out";
  const std::string text = Convert({.in = in, .out = out, .dtype = "bf16", .shard_gb = 1e-4});
  EXPECT_THAT(text, AllOf(HasSubstr("VLA"), HasSubstr("copied: dataset_statistics.json")));
  EXPECT_THAT(Inspect(out, 0), AllOf(HasSubstr("VLA: vision_backbone.fused_featurizer"),
                                     HasSubstr("VLA: vision_backbone.featurizer (not used)"),
                                     HasSubstr("statistics: libero_goal_no_noops"),
                                     HasSubstr("bf16"), HasSubstr("no problem found")));
  EXPECT_THAT([&] { Convert({.in = in, .out = out}); },
              ThrowsMessage<Error>(HasSubstr("is there already")));
}

// Writes the parameters that are of a part of a native checkpoint, under its names.
void WriteNativePart(const std::string& part, const std::vector<NativeName>& names, Module& module,
                     TorchFileWriter* file) {
  constexpr std::string_view kScale = "scale_factor";
  file->Key(part);
  file->BeginDict();
  for (const NamedTensor& parameter : module.parameters()) {
    for (const NativeName& name : names) {
      if (!parameter.name.starts_with(name.ours)) continue;
      std::string native = name.native + parameter.name.substr(name.ours.size());
      if (native.ends_with(kScale)) {
        native.replace(native.size() - kScale.size(), kScale.size(), "gamma");
      }
      file->Key(native);
      file->Tensor(*parameter.tensor);
    }
  }
  file->EndDict();
}

// The file of a native checkpoint of Prismatic: nested dicts, other names.
std::string NativeCheckpoint(Module& vla) {
  TorchFileWriter file;
  file.BeginDict();
  file.Key("model");
  file.BeginDict();
  WriteNativePart("vision_backbone",
                  {{"vision_backbone.featurizer.", "dino_featurizer."},
                   {"vision_backbone.fused_featurizer.", "siglip_featurizer."}},
                  vla, &file);
  WriteNativePart("projector",
                  {{"projector.fc1.", "projector.0."},
                   {"projector.fc2.", "projector.2."},
                   {"projector.fc3.", "projector.4."}},
                  vla, &file);
  WriteNativePart("llm_backbone", {{"language_model.", "llm."}}, vla, &file);
  file.EndDict();
  file.EndDict();
  return file.Finish();
}

// It lies in checkpoints/ below its statistics.
TEST_F(CheckpointTest, ANativeCheckpointBecomesAFolder) {
  UniVla model(SmallVla(), at::kFloat);
  FillByFormula(&model);
  fs::create_directories(folder_ / "run" / "checkpoints");
  const fs::path path = folder_ / "run" / "checkpoints" / "step-020000.pt";
  WriteText(path, NativeCheckpoint(model));
  WriteText(folder_ / "run" / "config.json", R"({"vla": {"base_vlm": "prism"}})");
  WriteText(folder_ / "run" / "dataset_statistics.json", R"({"bridge": {}})");
  WriteText(folder_ / "sizes.json", nlohmann::json{{"libero", ToJson(SmallModel())}}.dump());

  const fs::path out = folder_ / "out";
  EXPECT_THAT(Convert({.in = path, .out = out, .config = (folder_ / "sizes.json").string()}),
              HasSubstr("copied: dataset_statistics.json"));
  UniVla read(SmallVla(), at::kFloat);
  LoadWeights(&read, TensorStore(out), ModelPart::kVla);
  ExpectSameParameters(model, read);
  EXPECT_THAT([&] { Convert({.in = path, .out = folder_ / "other"}); },
              ThrowsMessage<Error>(HasSubstr("expected the shape (1, 1, 1024), got (1, 1, 24)")));
}

// The file of a Lightning checkpoint of a latent action model.
std::string LightningCheckpoint(LatentActionModel& model) {
  TorchFileWriter file;
  file.BeginDict();
  file.Key("state_dict");
  file.BeginDict();
  for (const NamedTensor& parameter : model.parameters()) {
    file.Key("lam." + parameter.name);
    file.Tensor(*parameter.tensor);
  }
  if (model.config().stage == 1) {
    file.Key("lam.text_encoder.encoder.embed_tokens.weight");
    file.Tensor(at::zeros({256, 96}));
  }
  file.EndDict();
  file.EndDict();
  return file.Finish();
}

// A latent action model goes beside the VLA that is there.
TEST_F(CheckpointTest, ALightningCheckpointJoinsAFolder) {
  ModelConfig config = FindPreset("tiny");
  WriteVla(folder_ / "out", config);
  for (const int stage : {1, 2}) {
    config.latent_action_model.stage = stage;
    LatentActionModel model(config.latent_action_model, at::kFloat);
    FillByFormula(&model);
    WriteText(folder_ / "lam.ckpt", LightningCheckpoint(model));
    const std::string text = Convert({.in = folder_ / "lam.ckpt", .out = folder_ / "out"});
    EXPECT_EQ(text.find("the same as text_encoder.shared.weight") != std::string::npos, stage == 1);
    EXPECT_EQ(ReadConfigFile(folder_ / "out" / "config.json").latent_action_model.stage, stage);
    LatentActionModel read(config.latent_action_model, at::kFloat);
    LoadWeights(&read, TensorStore(folder_ / "out" / "latent_action_model.safetensors"),
                ModelPart::kLatentActionModel);
    ExpectSameParameters(model, read);
    fs::remove(folder_ / "out" / "latent_action_model.safetensors");
  }
}

// What is said to be unused gets no gradient, and everything else does.
TEST(UnusedParametersTest, AreThoseWithoutGradient) {
  const ModelConfig config = SmallModel();
  UniVla model(config.vla, at::kFloat);
  FillByFormula(&model);
  model.SetRequiresGrad(true);
  const at::Tensor hidden =
      model.forward(FormulaTensor("pixels", {1, 6, 56, 56}), FormulaIds("tokens", {1, 5}, 128));
  model.Logits(hidden).square().sum().backward();
  for (const NamedTensor& parameter : model.parameters()) {
    EXPECT_EQ(IsUnused(ModelPart::kVla, config, parameter.name),
              !parameter.tensor->grad().defined())
        << parameter.name;
  }
}

TEST_F(CheckpointTest, ProblemsOfAFolderAreListed) {
  WriteVla(folder_.path(), SmallModel());
  nlohmann::json json = ReadJsonFile(folder_ / "config.json");
  json["libero"]["vla"]["projector_dim"] = 161;
  WriteText(folder_ / "config.json", json.dump());
  EXPECT_THAT(Inspect(folder_.path(), 1),
              AllOf(HasSubstr("projector.fc1.weight: expected the shape (161, 40), got (160, 40)"),
                    HasSubstr("problem: no action decoder"), HasSubstr("no action statistics")));
}

TEST_F(CheckpointTest, FilesOfOneKindMustNotComeTwice) {
  WriteText(folder_ / "action_decoder-1.pt", "");
  WriteText(folder_ / "action_decoder-2.pt", "");
  EXPECT_THAT([&] { (void)FindParts(folder_.path()); },
              ThrowsMessage<Error>(HasSubstr("two files of the action decoder")));
  EXPECT_THAT([&] { (void)FindParts(folder_ / "x"); },
              ThrowsMessage<Error>(HasSubstr("does not exist")));
}

}  // namespace
}  // namespace libero
