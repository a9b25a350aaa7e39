#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tasks/episode.h"
#include "tasks/suites.h"

// What is taken from a policy to see whether it had used it: controls of an evaluation.
namespace libero {

class Env;

// What a policy is told.
enum class InstructionControl {
  kNone,      // the task's instruction
  kBlank,     // nothing
  kShuffled,  // the instruction's words in another order
  kWrong,     // the instruction of another task of the suite
};

// What a policy is shown.
enum class ImageControl {
  kNone,   // the cameras' pictures
  kBlank,  // black ones
};

// "none", "blank", "shuffled", "wrong".
[[nodiscard]] std::string Name(InstructionControl control);
[[nodiscard]] std::string Name(ImageControl control);

// Throw Error, which begins with the option, for other names.
[[nodiscard]] InstructionControl FindInstructionControl(std::string_view name);
[[nodiscard]] ImageControl FindImageControl(std::string_view name);

// Sets what policies are told in episodes of a suite; nothing for kNone. Words and tasks are drawn
// for each episode by its names alone, in an order and a sentence that differ from the right ones.
// Reads the tasks' BDDL files. Throws Error if there is no other order, or no other sentence.
void SetInstructions(InstructionControl control, const Suite& suite,
                     std::span<EpisodeSpec> episodes);

// What a policy is told in an episode: that, or the sentence of PolicyInstruction.
[[nodiscard]] std::string InstructionOf(const EpisodeSpec& episode, const Env& env);

}  // namespace libero
