#include "tasks/protocols_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>
#include <string>
#include <vector>

#include "sim/base/text_table.h"
#include "tasks/protocol.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

std::string Cameras(const Protocol& protocol) {
  std::vector<std::string> cameras;
  for (const FrameSpec& frame : protocol.frames) {
    cameras.push_back(fmt::format("{} {}×{}", frame.camera, frame.width, frame.height));
  }
  return fmt::format("{}", fmt::join(cameras, ", "));
}

}  // namespace

int RunProtocolsCommand(const ProtocolsOptions& options, std::ostream& out) {
  if (options.json) {
    nlohmann::ordered_json document = {{"protocols", nlohmann::ordered_json::array()}};
    for (const Protocol& protocol : Protocols()) document["protocols"].push_back(ToJson(protocol));
    out << document.dump(2) << '\n';
    return 0;
  }
  TextTable table;
  table.columns = {{"protocol"},          {"spatial", true}, {"object", true},
                   {"goal", true},        {"long", true},    {"90", true},
                   {"settle", true},      {"settle action"}, {"cameras", false, true},
                   {"whose", false, true}};
  for (const Protocol& protocol : Protocols()) {
    std::vector<std::string> row = {protocol.name};
    for (const std::string_view suite :
         {"libero_spatial", "libero_object", "libero_goal", "libero_10", "libero_90"}) {
      row.push_back(std::to_string(MaxSteps(protocol, suite)));
    }
    row.push_back(std::to_string(protocol.settle_steps));
    row.push_back(fmt::format("{}", fmt::join(protocol.settle_action, " ")));
    row.push_back(Cameras(protocol));
    row.push_back(protocol.title);
    table.rows.push_back(row);
  }
  PrintTable(table, options.width, out);
  out << "\nspatial … 90: the most actions of an episode, at 20 a second; settle: steps before the "
         "policy is asked.\nlibero eval --protocol NAME evaluates by one; --max-steps, "
         "--settle-steps and --camera-size change it.\n";
  return 0;
}

}  // namespace libero
