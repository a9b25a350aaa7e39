#include "viewer/run_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "tasks/controls.h"
#include "viewer/glfw_library.h"

namespace libero {
namespace {

constexpr int kFirstView = 1000;  // of the painter: those of the slots

ImU32 ColorOf(const RunEpisode* episode, const Palette& palette) {
  if (episode == nullptr) return palette.line;
  if (episode->end == "success") return palette.good;
  if (episode->end == "error") return palette.warning;
  return palette.bad;
}

// A rate with its interval: a bar on a line from 0 to 1.
void DrawRate(const Ui& ui, const RunTally& tally) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ImGui::GetTextLineHeight();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const auto x = [&](double part) {
    return corner.x + static_cast<float>(part) * width;
  };
  draw.AddRectFilled({x(0), corner.y + 4}, {x(1), corner.y + height - 4}, ui.palette.panel, 2);
  if (tally.num_episodes > 0) {
    const double rate = static_cast<double>(tally.num_successes) / tally.num_episodes;
    draw.AddRectFilled({x(tally.low), corner.y + 5}, {x(tally.high), corner.y + height - 5},
                       ImGui::GetColorU32(ImGuiCol_HeaderActive), 2);
    draw.AddRectFilled({x(rate) - 1.5F, corner.y + 1}, {x(rate) + 1.5F, corner.y + height - 1},
                       ui.palette.accent);
  }
  ImGui::Dummy({width, height});
}

std::string RateText(const RunTally& tally) {
  if (tally.num_episodes == 0) return "–";
  return fmt::format("{:.1f} %  [{:.0f}, {:.0f}]", 100.0 * tally.num_successes / tally.num_episodes,
                     100 * tally.low, 100 * tally.high);
}

}  // namespace

EpisodeChoice ChoiceOf(const Run& run, const std::vector<Suite>& suites, int task, int init) {
  EpisodeChoice choice = {.episode = {.suite = run.suite,
                                      .task_index = task,
                                      .init_index = init,
                                      .reset_index = init + 1,
                                      .seed = run.seed},
                          .policy = run.policy};
  SetInstructions(run.protocol.instruction, FindSuite(suites, run.suite), {&choice.episode, 1});
  return choice;
}

RunBoard::RunBoard(Run run, const std::vector<Suite>& suites, SceneStore& store)
    : run_(std::move(run)), facts_(ReadRunFacts(run_.folder)), suites_(&suites), grid_(kFirstView) {
  if (run_.is_done) return;
  watch_ =
      std::make_unique<RunWatch>(run_.folder, MaxSteps(run_.protocol, run_.suite), suites, store);
}

std::string RunBoard::Compare(const EpisodeInfo& info, const Moment& last) const {
  const EpisodeChoice own =
      ChoiceOf(run_, *suites_, info.episode.task_index, info.episode.init_index);
  const auto found = run_.episodes.find({info.episode.task_index, info.episode.init_index});
  const bool is_of_run = found != run_.episodes.end() && info.policy == run_.policy &&
                         info.episode.suite == run_.suite &&
                         info.episode.reset_index == own.episode.reset_index &&
                         info.episode.seed == run_.seed && info.demo.empty();
  if (!is_of_run || !last.end) return "";
  const RunEpisode& logged = found->second;
  if (logged.final_state_hash == last.final_state_hash) return "in the run it ended in this state";
  return fmt::format("in the run: {} after {} steps, in another state", logged.end, logged.steps);
}

void RunBoard::Settle() {
  constexpr double kPatience_s = 4;  // a run notices within half a second, scenes take some
  if (watch_ == nullptr) return;
  watch_->Look();
  if (!std::exchange(has_waited_, true)) watch_->WaitForEpisodes(kPatience_s);
}

void RunBoard::Update() {
  const double now = ImGui::GetTime();
  if (run_.is_done || now < next_update_) return;
  next_update_ = now + 1;
  try {
    UpdateRun(run_);
    facts_ = ReadRunFacts(run_.folder);
    error_.clear();
  } catch (const std::exception& error) {
    error_ = error.what();
  }
  if (run_.is_done) watch_.reset();
}

std::optional<EpisodeChoice> RunBoard::Draw(Ui& ui, ScenePainter& painter, SceneLook& look) {
  Update();
  DrawSummary(ui);
  running_.clear();
  if (watch_ != nullptr) {
    DrawRunning(ui, painter, look);
  } else {
    grid_.SetLarge(-1);
  }
  std::optional<EpisodeChoice> chosen;
  if (grid_.large() < 0) DrawTasks(ui, chosen);
  return chosen;
}

// What the slots are at: small ones above the table, or one of them large in place of it.
void RunBoard::DrawRunning(Ui& ui, ScenePainter& painter, SceneLook& look) {
  watch_->Look();
  if (const std::string error = watch_->error(); !error.empty()) {
    ColoredText(ui.palette.bad, error);
  }
  const RunWatch::Access episodes = watch_->Read();
  for (const RunningEpisode& episode : *episodes) {
    const LiveSlot& live = episode.live;
    if (!live.end.empty()) continue;
    running_[{live.episode.task_index, live.episode.init_index}] = live.slot;
  }
  if (ImGui::IsKeyPressed(GLFW_KEY_ESCAPE, false)) grid_.SetLarge(-1);
  if (grid_.large() >= 0) {
    DrawLarge(ui, *episodes, painter, look);
  } else if (!episodes->empty()) {
    constexpr float kMostOfWindow = 0.5F;
    const float height = LiveGrid::HeightOf(ui, episodes->size());
    grid_.DrawThumbnails(ui, *episodes, painter,
                         std::min(height, kMostOfWindow * ImGui::GetContentRegionAvail().y));
  }
}

void RunBoard::DrawLarge(Ui& ui, const std::vector<RunningEpisode>& episodes, ScenePainter& painter,
                         SceneLook& look) {
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float strip = 10.5F * ui.em;
  const ImVec2 space = ImGui::GetContentRegionAvail();
  ImGui::BeginChild("large", {space.x - strip - gap, space.y}, false,
                    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  grid_.DrawLarge(ui, episodes, painter, look);
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("strip", {strip, space.y}, false, ImGuiWindowFlags_NoScrollbar);
  if (ImGui::Button("back to the table (Esc)", {strip, 0})) grid_.SetLarge(-1);
  ui.Place("back");
  grid_.DrawThumbnails(ui, episodes, painter, ImGui::GetContentRegionAvail().y);
  ImGui::EndChild();
}

void RunBoard::DrawTasks(Ui& ui, std::optional<EpisodeChoice>& chosen) {
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                     ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;
  ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, {0.5F * ui.em, 0.35F * ui.em});
  if (!ImGui::BeginTable("##run", 5, kFlags)) {
    ImGui::PopStyleVar();
    return;
  }
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("task", ImGuiTableColumnFlags_WidthStretch, 4);
  ImGui::TableSetupColumn("solved", ImGuiTableColumnFlags_WidthStretch, 1);
  ImGui::TableSetupColumn("rate, 95 % interval", ImGuiTableColumnFlags_WidthStretch, 2);
  ImGui::TableSetupColumn("0 … 100 %", ImGuiTableColumnFlags_WidthStretch, 2);
  ImGui::TableSetupColumn("episodes: click one to watch it", ImGuiTableColumnFlags_WidthStretch, 6);
  ImGui::TableHeadersRow();
  for (const int task : run_.tasks) DrawTask(ui, task, chosen);
  ImGui::EndTable();
  ImGui::PopStyleVar();
}

void RunBoard::DrawSummary(const Ui& ui) const {
  const RunTally all = Count(run_, -1);
  const auto num_planned = run_.tasks.size() * run_.inits.size();
  ImGui::TextUnformatted(
      fmt::format("{} of {} episodes, {} solved: {}{}", all.num_episodes, num_planned,
                  all.num_successes, RateText(all),
                  all.num_errors > 0 ? fmt::format(", {} errors", all.num_errors) : "")
          .c_str());
  MutedText(ui,
            fmt::format("{}, protocol {}, seed {}, {}", run_.folder.string(), run_.protocol.name,
                        run_.seed, run_.is_done ? "finished" : "running or interrupted"));
  if (ImGui::IsItemHovered() && !facts_.empty()) {
    std::string text;
    for (const auto& [name, value] : facts_) text += fmt::format("{}: {}\n", name, value);
    ImGui::SetTooltip("%s", text.c_str());
  }
  if (!error_.empty()) ColoredText(ui.palette.bad, error_);
}

void RunBoard::DrawTask(Ui& ui, int task, std::optional<EpisodeChoice>& chosen) {
  const Suite& suite = FindSuite(*suites_, run_.suite);
  const RunTally tally = Count(run_, task);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::TextWrapped("%d  %s", task, suite.tasks.at(static_cast<size_t>(task)).instruction.c_str());
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(fmt::format("{}/{}", tally.num_successes, tally.num_episodes).c_str());
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(RateText(tally).c_str());
  ImGui::TableNextColumn();
  DrawRate(ui, tally);
  ImGui::TableNextColumn();
  DrawCells(ui, task, chosen);
}

void RunBoard::DrawCells(Ui& ui, int task, std::optional<EpisodeChoice>& chosen) {
  const float size = ui.em * 0.8F;
  const float gap = 3;
  const auto columns =
      std::max(1, static_cast<int>((ImGui::GetContentRegionAvail().x + gap) / (size + gap)));
  ImVec2 corner = ImGui::GetCursorScreenPos();
  corner.y += (ImGui::GetTextLineHeight() - size) / 2;
  const auto count = static_cast<int>(run_.inits.size());
  for (int i = 0; i < count; ++i) {
    const int init = run_.inits[static_cast<size_t>(i)];
    const auto found = run_.episodes.find({task, init});
    const RunEpisode* episode = found == run_.episodes.end() ? nullptr : &found->second;
    const ImVec2 at = {corner.x + static_cast<float>(i % columns) * (size + gap),
                       corner.y + static_cast<float>(i / columns) * (size + gap)};
    ImGui::SetCursorScreenPos(at);
    ImGui::PushID(task * 10000 + i);
    const auto running = running_.find({task, init});
    const bool is_running = running != running_.end();
    if (ImGui::InvisibleButton("##cell", {size, size})) {
      if (is_running) {
        grid_.SetLarge(running->second);
      } else {
        chosen = ChoiceOf(run_, *suites_, task, init);
      }
    }
    ImGui::PopID();
    ui.Place(fmt::format("episode {} {}", task, init));
    const bool is_hovered = ImGui::IsItemHovered();
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + size, at.y + size},
                                              ColorOf(episode, ui.palette), 3);
    if (is_running) {
      ImGui::GetWindowDrawList()->AddRect(at, {at.x + size, at.y + size}, ui.palette.accent, 3, 0,
                                          2);
    }
    if (!is_hovered) continue;
    ImGui::GetWindowDrawList()->AddRect(at, {at.x + size, at.y + size}, ui.palette.text, 3);
    ImGui::SetTooltip(
        "init state %d: %s%s", init,
        is_running ? "running"
        : episode == nullptr
            ? "not run yet"
            : fmt::format("{} after {} steps", episode->end, episode->steps).c_str(),
        episode == nullptr || episode->error.empty() ? "" : ("\n" + episode->error).c_str());
  }
}

}  // namespace libero
