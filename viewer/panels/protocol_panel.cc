#include <fmt/format.h>
#include <fmt/ranges.h>

#include "viewer/panels/panels.h"

namespace libero {
namespace {

void Row(const Ui& ui, const char* name, const std::string& value) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ColoredText(ui.palette.muted, name);
  ImGui::TableNextColumn();
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopTextWrapPos();
}

std::string Describe(const std::vector<FrameSpec>& frames) {
  if (frames.empty()) return "none";
  std::vector<std::string> texts;
  for (const FrameSpec& frame : frames) {
    texts.push_back(fmt::format("{} {}×{}", frame.camera, frame.width, frame.height));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

void DrawProtocolPanel(const PanelContext& context) {
  const EpisodeInfo& info = context.recording->info;
  const Ui& ui = *context.ui;
  if (!ImGui::BeginTable("##protocol", 2, ImGuiTableFlags_SizingStretchProp)) return;
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthStretch, 1);
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch, 2.2F);
  Row(ui, "task", fmt::format("{} {}: {}", info.task.suite, info.task.index, info.task.name));
  Row(ui, "begins at",
      info.episode.init_index == kNoInitState
          ? fmt::format("reset {}", info.episode.reset_index)
          : fmt::format("init state {}, reset {}", info.episode.init_index,
                        info.episode.reset_index));
  Row(ui, "seed", std::to_string(info.episode.seed));
  Row(ui, "policy", info.description);
  Row(ui, "looks at", Describe(info.frames));
  Row(ui, "protocol", fmt::format("{}: {}", info.protocol.name, info.protocol.title));
  Row(ui, "steps",
      fmt::format("{} of the policy at most, after {} that settle", info.max_steps,
                  info.protocol.settle_steps));
  Row(ui, "success", info.protocol.success);
  if (context.run_facts != nullptr) {
    for (const auto& [name, value] : *context.run_facts) {
      Row(ui, ("run: " + name).c_str(), value);
    }
  }
  ImGui::EndTable();
}

}  // namespace libero
