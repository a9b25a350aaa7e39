#include "tasks/controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "tasks/env.h"
#include "tasks/episode_random.h"

namespace libero {
namespace {

constexpr std::array<const char*, 4> kInstructionNames = {"none", "blank", "shuffled", "wrong"};
constexpr std::array<const char*, 2> kImageNames = {"none", "blank"};

// The place of a name; throws Error for others.
size_t FindName(const std::string& option, std::string_view name,
                std::span<const char* const> names) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  std::string list;
  for (const char* known : names) list += (list.empty() ? "" : ", ") + std::string(known);
  const std::vector<std::string> known_names(names.begin(), names.end());
  const std::string nearest = DidYouMean(std::string(name), known_names);
  throw Error(fmt::format("{}: unknown control '{}'", option, name),
              fmt::format("{}{}controls: {}", nearest, nearest.empty() ? "" : " ", list));
}

size_t Draw(CounterRandom& random, size_t count) {
  return static_cast<size_t>(random.Uniform(0, static_cast<double>(count)));
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Shuffled(const EpisodeSpec& episode, const std::string& instruction) {
  std::vector<std::string> words;
  std::istringstream stream(instruction);
  for (std::string word; stream >> word;) words.push_back(word);
  if (std::ranges::adjacent_find(words, std::ranges::not_equal_to()) == words.end()) {
    throw Error(fmt::format("--instruction shuffled: '{}' has no other order", instruction));
  }
  const std::vector<std::string> right = words;
  CounterRandom random = EpisodeRandom(episode, "shuffled instruction", 0);
  while (words == right) {
    for (size_t i = words.size() - 1; i > 0; --i) std::swap(words[i], words[Draw(random, i + 1)]);
  }
  return Joined(words);
}

std::string Other(const EpisodeSpec& episode, const std::vector<std::string>& instructions) {
  const std::string& right = instructions.at(static_cast<size_t>(episode.task_index));
  std::vector<std::string> others;
  for (const std::string& instruction : instructions) {
    if (instruction != right) others.push_back(instruction);
  }
  if (others.empty()) {
    throw Error(fmt::format("--instruction wrong: all tasks of {} have the instruction '{}'",
                            episode.suite, right));
  }
  CounterRandom random = EpisodeRandom(episode, "wrong instruction", 0);
  return others[Draw(random, others.size())];
}

}  // namespace

std::string Name(InstructionControl control) {
  return kInstructionNames.at(static_cast<size_t>(control));
}

std::string Name(ImageControl control) {
  return kImageNames.at(static_cast<size_t>(control));
}

InstructionControl FindInstructionControl(std::string_view name) {
  return static_cast<InstructionControl>(FindName("--instruction", name, kInstructionNames));
}

ImageControl FindImageControl(std::string_view name) {
  return static_cast<ImageControl>(FindName("--image", name, kImageNames));
}

void SetInstructions(InstructionControl control, const Suite& suite,
                     std::span<EpisodeSpec> episodes) {
  if (control == InstructionControl::kNone) return;
  std::vector<std::string> instructions;
  for (const Task& task : suite.tasks) {
    instructions.push_back(PolicyInstruction(task, LoadProblem(task.bddl_path)));
  }
  for (EpisodeSpec& episode : episodes) {
    if (control == InstructionControl::kBlank) {
      episode.instruction.emplace();
    } else if (control == InstructionControl::kShuffled) {
      episode.instruction =
          Shuffled(episode, instructions.at(static_cast<size_t>(episode.task_index)));
    } else {
      episode.instruction = Other(episode, instructions);
    }
  }
}

std::string InstructionOf(const EpisodeSpec& episode, const Env& env) {
  if (episode.instruction) return *episode.instruction;
  return PolicyInstruction(env.setup().task, env.setup().problem);
}

}  // namespace libero
