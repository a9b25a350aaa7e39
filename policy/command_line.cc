#include "policy/command_line.h"

#include <iostream>
#include <memory>

#include "policy/networks.h"

namespace libero {
namespace {

void AddConvert(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "convert", "Read a published model or an adapter, and write it into a checkpoint folder");
  const auto options = std::make_shared<ConvertOptions>();
  command->add_option("in", options->in, "Folder of a model or adapter, or a file: *.pt, *.ckpt")
      ->required();
  command->add_option("--base", options->base, "Folder of the VLA that an adapter is for");
  command->add_option("--config", options->config,
                      "Sizes: a preset or a config.json (default: what the folder says)");
  command->add_option("--dtype", options->dtype, "f32, f16 or bf16 (default: as it is)");
  command->add_option("--shard-gb", options->shard_gb, "Size of a file at most, in GB")
      ->capture_default_str();
  command->add_option("--out", options->out, "Folder; other parts in it stay")->required();
  command->callback([&action, options] {
    action = [options] {
      return Networks().convert(*options, std::cout);
    };
  });
}

void AddInspectCheckpoint(CLI::App& app, CommandAction& action) {
  CLI::App* command = app.add_subcommand(
      "inspect-checkpoint", "Say what a checkpoint folder holds, and every problem that it has");
  const auto options = std::make_shared<InspectCheckpointOptions>();
  command->add_option("folder", options->folder, "Folder of a model")->required();
  command->add_flag("--json", options->json, "Print the report as JSON");
  command->callback([&action, options] {
    action = [options] {
      return Networks().inspect(*options, std::cout);
    };
  });
}

}  // namespace

// How a checkpoint acts.
void AddCheckpoint(CLI::App& command, CheckpointOptions& options) {
  command.add_option("--decode", options.decode,
                     "With a checkpoint: greedy, or sample as the published evaluation does "
                     "(default: greedy)");
  command.add_option("--act", options.act,
                     "With a checkpoint: ensemble plans at every step, chunked plays a plan to its "
                     "end, chunked:N its first N actions, committed:N all where the gripper "
                     "changes within N (default: ensemble)");
  command.add_option("--quirks", options.quirks,
                     "With a checkpoint: compat or fixed (default: as it was trained)");
  command.add_option("--statistics", options.statistics,
                     "With a checkpoint: whose action statistics (default: the suite's)");
  command.add_option("--device", options.device,
                     "What computes a checkpoint's networks: auto, cpu or cuda:N (default: auto). "
                     "What draws: --renderer and --render-device");
}

void AddPolicyCommands(CLI::App& app, CommandAction& action) {
  AddConvert(app, action);
  AddInspectCheckpoint(app, action);
}

}  // namespace libero
