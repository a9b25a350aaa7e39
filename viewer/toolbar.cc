#include "viewer/toolbar.h"

#include <fmt/format.h>
#include <imgui_stdlib.h>

#include <algorithm>

namespace libero {
namespace {

// Evaluations begin the episode with init state k after reset k + 1.
void SetInit(EpisodeChoice& choice, int init) {
  choice.episode.init_index = init;
  choice.episode.reset_index = init + 1;
}

bool Arrow(Ui& ui, const std::string& name, ImGuiDir direction, const char* tip) {
  const bool is_clicked = ImGui::ArrowButton(("##" + name).c_str(), direction);
  ui.Place(name);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tip);
  return is_clicked;
}

// Of a path the end says more than the beginning.
std::string EndOf(const std::string& policy) {
  constexpr size_t kMost = 18;
  const size_t slash = policy.rfind('/', policy.size() > kMost ? policy.size() - 2 : 0);
  if (policy.size() <= kMost || slash == std::string::npos) return policy;
  const size_t first = policy.find('/', policy.size() - kMost);
  return "…" + policy.substr(std::min(first, slash));
}

}  // namespace

void Toolbar::Draw(Ui& ui, EpisodeChoice& choice, std::string& versus,
                   std::vector<std::string>& policies, int num_inits) {
  // two rows where one is too short
  const float rest = 46 * ui.em;  // what stands behind the task
  const bool is_narrow = ImGui::GetContentRegionAvail().x < rest + 26 * ui.em;
  std::vector<std::string> names;
  for (const Suite& suite : *suites_) names.push_back(suite.name);
  const auto current = std::ranges::find(names, choice.episode.suite);
  ImGui::SetNextItemWidth(9 * ui.em);
  const int suite = SearchCombo("##suite", choice.episode.suite, names,
                                static_cast<int>(current - names.begin()), suite_filter_);
  ui.Place("suite");
  if (suite >= 0) {
    choice.demo_file.clear();
    choice.episode.suite = names[static_cast<size_t>(suite)];
    choice.episode.task_index = 0;
    SetInit(choice, 0);
  }
  ImGui::SameLine();
  DrawTask(ui, choice, is_narrow ? 0 : rest);
  if (!is_narrow) ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ColoredText(ui.palette.muted, "init");
  ImGui::SameLine();
  if (Arrow(ui, "previous init", ImGuiDir_Left, "the init state before ([)")) {
    MoveInit(choice, -1, num_inits);
  }
  ImGui::SameLine(0, 2);
  int init = choice.episode.init_index;
  ImGui::SetNextItemWidth(3 * ui.em);
  const bool is_set = ImGui::InputInt("##init", &init, 0, 0, ImGuiInputTextFlags_EnterReturnsTrue);
  if (is_set && init >= 0 && (num_inits == 0 || init < num_inits)) SetInit(choice, init);
  ImGui::SameLine(0, 2);
  if (Arrow(ui, "next init", ImGuiDir_Right, "the next init state (])")) {
    MoveInit(choice, 1, num_inits);
  }
  ImGui::SameLine();
  DrawPolicy(ui, choice, policies);
  ImGui::SameLine();
  DrawVersus(ui, versus, policies);
}

void Toolbar::DrawTask(Ui& ui, EpisodeChoice& choice, float rest) {
  const Suite& suite = FindSuite(*suites_, choice.episode.suite);
  std::vector<std::string> tasks;
  for (const Task& task : suite.tasks) {
    tasks.push_back(fmt::format("{}  {}", task.index, task.instruction));
  }
  if (Arrow(ui, "previous task", ImGuiDir_Left, "the task before (Page Up)")) MoveTask(choice, -1);
  ImGui::SameLine(0, 2);
  const int selected = choice.episode.task_index;
  ImGui::SetNextItemWidth(
      std::max(8 * ui.em, ImGui::GetContentRegionAvail().x - rest - ImGui::GetFrameHeight() - 2));
  const int task =
      SearchCombo("##task", tasks[static_cast<size_t>(selected)], tasks, selected, task_filter_);
  ui.Place("task");
  if (task >= 0) {
    choice.demo_file.clear();
    choice.episode.task_index = task;
    SetInit(choice, 0);
  }
  ImGui::SameLine(0, 2);
  if (Arrow(ui, "next task", ImGuiDir_Right, "the next task (Page Down)")) MoveTask(choice, 1);
}

void Toolbar::DrawPolicy(Ui& ui, EpisodeChoice& choice, std::vector<std::string>& policies) {
  ImGui::AlignTextToFramePadding();
  ColoredText(ui.palette.muted, "policy");
  ImGui::SameLine();
  if (std::ranges::find(policies, choice.policy) == policies.end()) {
    policies.push_back(choice.policy);
  }
  const auto current = std::ranges::find(policies, choice.policy);
  ImGui::SetNextItemWidth(9 * ui.em);
  const int chosen = SearchCombo("##policy", EndOf(choice.policy), policies,
                                 static_cast<int>(current - policies.begin()), policy_filter_);
  ui.Place("policy");
  if (chosen >= 0) {
    choice.demo_file.clear();
    choice.policy = policies[static_cast<size_t>(chosen)];
  }
  ImGui::SameLine(0, 2);
  if (ImGui::Button("…")) ImGui::OpenPopup("##own policy");
  ui.Place("own policy");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("another policy: a checkpoint's folder, replay:FILE, ...");
  if (!ImGui::BeginPopup("##own policy")) return;
  if (ImGui::IsWindowAppearing()) {
    own_policy_ = choice.policy;
    ImGui::SetKeyboardFocusHere();
  }
  ImGui::SetNextItemWidth(28 * ui.em);
  if (ImGui::InputText("##name", &own_policy_, ImGuiInputTextFlags_EnterReturnsTrue)) {
    choice.policy = own_policy_;
    ImGui::CloseCurrentPopup();
  }
  MutedText(ui, "A policy as `libero eval --policy` takes it; Enter loads it.");
  ImGui::EndPopup();
}

void Toolbar::DrawVersus(Ui& ui, std::string& versus, const std::vector<std::string>& policies) {
  ImGui::AlignTextToFramePadding();
  ColoredText(ui.palette.muted, "versus");
  ImGui::SameLine();
  std::vector<std::string> items = {"nobody"};
  items.insert(items.end(), policies.begin(), policies.end());
  const auto current = std::ranges::find(items, versus.empty() ? items[0] : versus);
  ImGui::SetNextItemWidth(7 * ui.em);
  const int chosen = SearchCombo("##versus", versus.empty() ? items[0] : EndOf(versus), items,
                                 static_cast<int>(current - items.begin()), versus_filter_);
  ui.Place("versus");
  if (chosen == 0) versus.clear();
  if (chosen > 0) versus = items[static_cast<size_t>(chosen)];
}

void Toolbar::MoveTask(EpisodeChoice& choice, int count) const {
  choice.demo_file.clear();
  const auto num_tasks = static_cast<int>(FindSuite(*suites_, choice.episode.suite).tasks.size());
  choice.episode.task_index = (choice.episode.task_index + count + num_tasks) % num_tasks;
  SetInit(choice, 0);
}

void Toolbar::MoveInit(EpisodeChoice& choice, int count, int num_inits) {
  choice.demo_file.clear();
  if (num_inits > 0) SetInit(choice, (choice.episode.init_index + count + num_inits) % num_inits);
}

void Toolbar::DrawCameras(Ui& ui, const mjModel& model, std::string& camera) {
  ImGui::SetNextItemWidth(10 * ui.em);
  if (ImGui::BeginCombo("##camera", camera.empty() ? "free camera" : camera.c_str())) {
    if (ImGui::Selectable("free camera", camera.empty())) camera.clear();
    for (int i = 0; i < model.ncam; ++i) {
      const char* name = mj_id2name(&model, mjOBJ_CAMERA, i);
      if (name != nullptr && ImGui::Selectable(name, camera == name)) camera = name;
    }
    ImGui::EndCombo();
  }
  ui.Place("camera");
}

}  // namespace libero
