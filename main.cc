// The program: its subcommands, which the folders add, and what they have in common.

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "policy/command_line.h"
#include "policy/network_facts.h"
#include "results/command_line.h"
#include "sim/base/check.h"
#include "sim/base/suggest.h"
#include "sim/doctor.h"
#include "sim/model.h"
#include "tasks/command_line.h"
#include "tasks/data_files.h"
#include "training/command_line.h"
#include "viewer/command_line.h"

namespace libero {
namespace {

void AddDoctor(CLI::App& app, CommandAction& action) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what this machine has, and how to mend what it lacks");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print the report as JSON");
  command->callback([&action, json] {
    action = [json] {
      DoctorOptions options = DefaultDoctorOptions();
      options.version = LIBERO_VERSION;
      options.build_type = LIBERO_BUILD_TYPE;
      options.json = *json;
      options.width = TerminalWidth();
      options.color = options.width > 0;
      AddExpectedFiles(options);
      options.further_facts = [](const Machine& machine) {
        return ReportNetworks(machine);
      };
      return RunDoctorCommand(options, std::cout);
    };
  });
}

// Throws Error with the nearest subcommand if the first argument should be one and is not.
void CheckSubcommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::string name = arguments.empty() ? "-" : arguments[0];
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (name.starts_with('-') || std::ranges::find(names, name) != names.end()) return;
  const std::string nearest = DidYouMean(name, names);
  throw Error("unknown command '" + name + "'",
              nearest.empty() ? "'libero --help' lists the commands" : nearest);
}

// Does what the arguments say, the program's name not among them; returns the exit status.
int Run(const std::vector<std::string>& arguments) {
  CLI::App app("LIBERO natively on MuJoCo: the robot benchmark in one program.", "libero");
  app.footer(
      "In a checkout, ./libero build and ./libero test build the program and run its tests.");
  app.set_version_flag("--version", LIBERO_VERSION);
  CommandAction action;
  const ProgramInfo program = {LIBERO_VERSION, LIBERO_BUILD_TYPE, CommandLine(arguments)};
  AddResultCommands(app, program, &Run, action);
  AddTaskCommands(app, action);
  AddTrain(app, action);
  AddPolicyCommands(app, action);
  AddView(app, action);
  AddDoctor(app, action);
  CheckSubcommand(app, arguments);
  LogMujocoWarnings();
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (action) return action();
  std::cout << app.help();
  return 0;
}

}  // namespace
}  // namespace libero

int main(int argc, char** argv) {
  try {
    return libero::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
