#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tasks/policy.h"
#include "tasks/protocol.h"

#include <nlohmann/json.hpp>

namespace libero {

// How the policy of a checkpoint acts, as it is written on a command line. "" is what stands first
// in the comment.
struct CheckpointOptions {
  std::string decode;      // greedy, sample: see ParseDecode
  std::string act;         // ensemble, chunked: see ParseActMode
  std::string quirks;      // as the checkpoint says, compat, fixed: see ParseQuirks
  std::string statistics;  // those of the suite, or a name in dataset_statistics.json
  std::string device;      // auto, cpu, cuda:N: see ChooseDevice
  int num_threads = 1;     // for pictures, and for networks on the CPU
};

// A policy and what records say of it.
struct LoadedPolicy {
  std::unique_ptr<Policy> policy;
  std::string device;  // that its networks run on; "" if it has none

  // What the actions of a checkpoint depend on: decoding, acting, quirks, statistics, precision,
  // the size of frames, and size and SHA-256 of each file that was read. Null for other policies.
  nlohmann::ordered_json checkpoint;
};

// Whether a text says a checkpoint's folder: if there is such a folder, or it has a '/' in it, and
// does not begin with the name of another policy, as replay:FILE does.
[[nodiscard]] bool IsCheckpointFolder(const std::string& text);

// The policy that a text says, to play a suite by a protocol, with black pictures if that says so:
// that of a checkpoint's folder, or one
// of PolicyForms(). Loads LibTorch for a checkpoint. Throws Error if it is neither, if options are
// given for something else than a checkpoint, or controls, or unknown ones; if parts of a
// checkpoint are missing or do not fit together, if it has no action statistics for the suite, or
// if there is no such device.
[[nodiscard]] LoadedPolicy LoadPolicy(const std::string& text, const CheckpointOptions& options,
                                      const Protocol& protocol, std::string_view suite);

}  // namespace libero
