#include "results/training_curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "sim/base/check.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

struct Sample {
  double step = 0;
  double value = 0;
};

TrainingCurve::Point Merge(const std::vector<Sample>& samples, size_t begin, size_t end) {
  TrainingCurve::Point point = {
      .step = samples[end - 1].step, .min = samples[begin].value, .max = samples[begin].value};
  double sum = 0;
  for (size_t i = begin; i < end; ++i) {
    sum += samples[i].value;
    point.min = std::min(point.min, samples[i].value);
    point.max = std::max(point.max, samples[i].value);
  }
  point.mean = sum / static_cast<double>(end - begin);
  return point;
}

TrainingCurve MakeCurve(const std::string& key, const std::vector<Sample>& samples) {
  TrainingCurve curve = {.key = key,
                         .num_steps = static_cast<int>(samples.size()),
                         .first = samples.front().value,
                         .last = samples.back().value};
  const size_t num_points = std::min<size_t>(samples.size(), kMaxCurvePoints);
  for (size_t i = 0; i < num_points; ++i) {
    const size_t begin = i * samples.size() / num_points;
    const size_t end = (i + 1) * samples.size() / num_points;
    curve.points.push_back(Merge(samples, begin, end));
  }
  const TrainingCurve::Point all = Merge(samples, 0, samples.size());
  curve.min = all.min;
  curve.max = all.max;
  const size_t tenth = std::max<size_t>(1, samples.size() / 10);
  curve.last_tenth = Merge(samples, samples.size() - tenth, samples.size()).mean;
  return curve;
}

}  // namespace

TrainingStage ReadTrainingStage(const std::filesystem::path& path, const std::string& name) {
  // the last line of each step
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("cannot read {}", path.string()));
  std::map<double, Json> steps;
  std::vector<std::string> keys;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // no end of line: cut off
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number()) {
      throw Error(fmt::format("{}:{}: expected a JSON object with a number \"step\"", path.string(),
                              number));
    }
    for (const auto& [key, value] : json.items()) {
      const bool is_new = std::ranges::find(keys, key) == keys.end();
      if (key != "step" && value.is_number() && is_new) keys.push_back(key);
    }
    steps[json["step"].get<double>()] = json;
  }
  std::ranges::stable_partition(keys, [](const std::string& key) { return key == "loss"; });

  // a curve for each key
  TrainingStage stage = {.name = name, .num_steps = static_cast<int>(steps.size())};
  for (const std::string& key : keys) {
    std::vector<Sample> samples;
    for (const auto& [step, json] : steps) {
      const auto value = json.find(key);
      if (value != json.end() && value->is_number()) {
        samples.push_back({step, value->get<double>()});
      }
    }
    if (!samples.empty()) stage.curves.push_back(MakeCurve(key, samples));
  }
  return stage;
}

}  // namespace libero
