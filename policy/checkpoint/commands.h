#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

// The commands on checkpoints. Their options need no LibTorch; what they do is in the plug-in, see
// policy/networks.h.
namespace libero {

// The options of `libero convert`.
struct ConvertOptions {
  std::filesystem::path in;    // folder or file to read
  std::filesystem::path base;  // folder of the VLA that an adapter in `in` is for; "" for others
  std::filesystem::path out;   // checkpoint folder; parts that it has already stay
  std::string config;          // preset or config.json with the sizes; "": what `in` says
  std::string dtype;           // f32, f16 or bf16; "": as it is
  double shard_gb = 5;         // size of files at most, 10⁹ bytes
};

// Reads a published model, or an adapter with its base, and writes it into a checkpoint folder, see
// policy/checkpoint/README.md. Throws Error for what it cannot read, and if tensors are missing,
// left over or of other shapes than the sizes say.
int RunConvertCommand(const ConvertOptions& options, std::ostream& out);

// The options of `libero inspect-checkpoint`.
struct InspectCheckpointOptions {
  std::filesystem::path folder;
  bool json = false;
};

// Says what a checkpoint folder holds: sizes, parameters by part, statistics, and every problem.
// Returns 0, or 1 if there is a problem.
int RunInspectCheckpointCommand(const InspectCheckpointOptions& options, std::ostream& out);

}  // namespace libero
