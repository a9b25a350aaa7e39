#include "viewer/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <cfloat>
#include <chrono>
#include <utility>

#include "viewer/glfw_library.h"
#include "viewer/save_demo.h"

namespace libero {
namespace {

struct PanelEntry {
  const char* name;
  void (*draw)(const PanelContext&);  // null: one of the app's own, which keeps textures
  bool is_open_at_first;
};

constexpr const char* kPlanPanel = "Plan";

constexpr PanelEntry kPanels[] = {{"Goal", DrawGoalPanel, true},
                                  {"Pictures for the policy", nullptr, true},
                                  {"Action", DrawActionPanel, true},
                                  {kPlanPanel, nullptr, false},
                                  {"Proprioception", DrawProprioceptionPanel, false},
                                  {"Contacts", DrawContactsPanel, false},
                                  {"Timing", DrawTimingPanel, false},
                                  {"Protocol", DrawProtocolPanel, false}};

struct Shortcut {
  const char* keys;
  const char* what;
};

constexpr Shortcut kShortcuts[] = {
    {"Space", "play, pause"},
    {"Right, Left", "a control step forward, back"},
    {"Shift+Right, Shift+Left", "a substep forward, back"},
    {"Home, End", "to the first step, to the last one so far"},
    {"C", "go on from the step that is shown, forget what came after it"},
    {"R", "begin the episode again"},
    {"+, −, 0", "speed: double, half, 1"},
    {"[, ]", "init state before, after"},
    {"Page Up, Page Down", "task before, after"},
    {"V", "next camera"},
    {"Tab", "sidebar"},
    {"Ctrl+S", "save the solved episode as a demonstration"},
    {"T", "light or dark"},
    {"Ctrl+plus, minus, 0", "text larger, smaller, as the screen asks for"},
    {"F1, H", "this help"},
    {"drag, right drag, wheel", "turn, move and bring nearer the free camera"},
    {"Ctrl+drag", "pull at a body while the episode plays"},
    {"policy keyboard", "W S A D Q E move, I K J L U O turn, G gripper, Shift slow"},
    {"gamepad", "sticks move and turn, cross tilts, A gripper, Start play, left trigger slow"}};

constexpr ImGuiWindowFlags kFixed =
    ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
    ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoBringToFrontOnFocus |
    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;

bool IsPressed(int key, bool repeats = false) {
  return ImGui::IsKeyPressed(key, repeats);
}

// A factor after what the keys +, − and 0 ask for.
double ScaleByKeys(double factor, double step) {
  if (IsPressed(GLFW_KEY_EQUAL) || IsPressed(GLFW_KEY_KP_ADD)) return factor * step;
  if (IsPressed(GLFW_KEY_MINUS) || IsPressed(GLFW_KEY_KP_SUBTRACT)) return factor / step;
  return IsPressed(GLFW_KEY_0) ? 1 : factor;
}

// A text on a dark ground over the picture; returns where the next line starts.
float DrawLabel(const Ui& ui, ImVec2 corner, ImFont* font, ImU32 color, const std::string& text,
                float max_width) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float pad = 0.4F * ui.em;
  const ImVec2 size = font->CalcTextSizeA(font->FontSize, FLT_MAX, max_width, text.c_str());
  draw.AddRectFilled(corner, {corner.x + size.x + 2 * pad, corner.y + size.y + pad},
                     ui.palette.shade, 4);
  draw.AddText(font, font->FontSize, {corner.x + pad, corner.y + pad / 2}, color, text.c_str(),
               nullptr, max_width);
  return corner.y + size.y + pad + 4;
}

}  // namespace

std::vector<std::string> PanelNames() {
  std::vector<std::string> names;
  for (const PanelEntry& panel : kPanels) names.emplace_back(panel.name);
  return names;
}

App::App(AppOptions options, const std::vector<Suite>& suites, SceneStore& store, Ui& ui)
    : options_(std::move(options)),
      suites_(&suites),
      store_(&store),
      ui_(&ui),
      policies_(options_.policies),
      painter_(std::make_unique<ScenePainter>(options_.make_renderer)),
      toolbar_(suites),
      pictures_(100),
      plan_(200) {
  if (options_.run) {
    board_.emplace(*options_.run, suites, store);
    shows_run_ = true;
  }
  look_.camera = ui.settings->camera;
  is_dark_ = ui.settings->is_dark;
  ui.palette = ApplyStyle(is_dark_, ui.em / kTextHeight);
  if (!board_) {
    Show(options_.choice, options_.versus);
    return;
  }
  // none of the run's episodes is shown before one is chosen
  choice_ = loaded_ = options_.choice;
  SetNumStages(1);
}

App::~App() {
  if (saving_.valid()) saving_.wait();
  painter_.reset();
  for (const auto& stage : stages_) stage->area.Release(*ui_->surface);
  pictures_.Release(*ui_->surface);
  plan_.Release(*ui_->surface);
  if (board_) board_->Release(*ui_->surface);
}

// Stages that are not shown stay, for to end a simulation takes as long as its step.
void App::SetNumStages(size_t count) {
  while (stages_.size() < count) {
    const int view = static_cast<int>(stages_.size());
    stages_.push_back(std::make_unique<Stage>(Stage{
        std::make_unique<Simulation>(*suites_, *store_, options_.simulation), SceneArea(view)}));
  }
  num_shown_ = count;
  selected_ = std::min(selected_, num_shown_ - 1);
}

void App::Show(const EpisodeChoice& choice, const std::string& versus) {
  choice_ = choice;
  loaded_ = choice;
  versus_ = versus;
  loaded_versus_ = versus;
  SetNumStages(versus.empty() ? 1 : 2);
  stages_[0]->simulation->Load(choice);
  if (versus.empty()) return;
  EpisodeChoice other = choice;
  other.policy = versus;
  other.demo_file.clear();
  stages_[1]->simulation->Load(other);
}

void App::Settle() {
  for (const auto& stage : shown()) stage->simulation->WaitUntilIdle();
  if (shows_run_) board_->Settle();
  painter_->WaitUntilIdle();
}

void App::GoTo(int step) {
  for (const auto& stage : shown()) stage->simulation->WaitUntilIdle();
  for (const auto& stage : shown()) stage->simulation->SetTarget(step);
  for (const auto& stage : shown()) stage->simulation->WaitUntilIdle();
  for (const auto& stage : shown()) stage->generation = stage->simulation->Read()->generation;
  playhead_.Seek(step);
}

bool App::IsPanelOpen(const std::string& name, bool at_first) const {
  const auto found = ui_->settings->panels.find(name);
  return found == ui_->settings->panels.end() ? at_first : found->second;
}

bool App::IsDrivenByHand() const {
  return options_.teleop != nullptr &&
         (choice_.policy == kKeyboardPolicy || versus_ == kKeyboardPolicy);
}

void App::DrawFrame() {
  ui_->surface->BeginFrame();
  FitText(*ui_);
  ImGui::NewFrame();
  Frame();
  ImGui::Render();
  ui_->surface->EndFrame(*ImGui::GetDrawData());
}

// Between ImGui's NewFrame and Render.
void App::Frame() {
  if (ui_->settings->is_dark != is_dark_) {
    is_dark_ = ui_->settings->is_dark;
    ui_->palette = ApplyStyle(is_dark_, ui_->em / kTextHeight);
  }
  if (IsDrivenByHand()) {
    options_.teleop->Set(controls_.Read(ui_->surface->gamepad()));
    if (controls_.wants_to_toggle_play()) playhead_.SetPlaying(!playhead_.is_playing());
  }
  {
    Accesses recordings;
    for (const auto& stage : shown()) recordings.push_back(stage->simulation->Read());
    Advance(recordings);
    const Recording& selected = *recordings[selected_];
    UseKeys(selected);
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("viewer", nullptr, kFixed);
    DrawToolbar(selected);
    if (shows_run_ && board_) {
      if (const auto chosen = board_->Draw(*ui_, *painter_, look_)) ShowOfRun(*chosen);
    } else {
      DrawBody(recordings);
    }
    DrawHelp();
    ImGui::End();
  }
  DoWhatIsWanted();
}

// An episode of the run that the board shows.
void App::ShowOfRun(const EpisodeChoice& choice) {
  choice_ = choice;
  versus_.clear();
  shows_run_ = false;
  wants_restart_ = true;
  playhead_.SetPlaying(true);
}

void App::DrawBody(const Accesses& recordings) {
  const Recording& selected = *recordings[selected_];
  const float sidebar =
      IsPanelOpen("sidebar", true) ? ui_->settings->sidebar_width * ui_->em / kTextHeight : 0;
  const float space = sidebar > 0 ? sidebar + ImGui::GetStyle().ItemSpacing.x : 0;
  const ImVec2 left = {ImGui::GetContentRegionAvail().x - space, ImGui::GetContentRegionAvail().y};
  ImGui::BeginChild("left", left, false, kFixed);
  DrawScenes(recordings, {left.x, left.y - TransportHeight(*ui_)});
  DrawTransport(*ui_, selected, playhead_,
                {.restart = [this] { wants_restart_ = true; },
                 .go_on = [this] { wants_to_go_on_ = true; },
                 .draw_more =
                     [&] {
                       DrawSave(selected);
                     }});
  ImGui::EndChild();
  if (sidebar <= 0) return;
  // the border between the two can be dragged
  ImGui::SameLine(0, 0);
  ImGui::InvisibleButton("##border", {ImGui::GetStyle().ItemSpacing.x, left.y});
  ui_->Place("border");
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  }
  if (ImGui::IsItemActive()) {
    const float width =
        ui_->settings->sidebar_width - ImGui::GetIO().MouseDelta.x * kTextHeight / ui_->em;
    ui_->settings->sidebar_width = std::clamp(width, 240.0F, 1200.0F);
  }
  ImGui::SameLine(0, 0);
  ImGui::BeginChild("sidebar", {0, 0}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  DrawSidebar(selected);
  ImGui::EndChild();
}

// What needs the simulations' attention, which wait while a frame is drawn.
void App::DoWhatIsWanted() {
  const bool is_other = !(choice_ == loaded_) || versus_ != loaded_versus_;
  if (is_other) shows_run_ = false;
  if (std::exchange(wants_restart_, false) || is_other) Show(choice_, versus_);
  if (std::exchange(wants_to_go_on_, false)) GoOn();
  if (std::exchange(wants_to_save_, false)) StartSaving();
  for (const auto& stage : shown()) {
    stage->simulation->SetPush(stage->area.push());
    // who drives by hand wants to see what is done at once
    const int target = playhead_.target();
    const int shown = playhead_.instant(1 << 30).step;
    stage->simulation->SetTarget(IsDrivenByHand() ? std::min(target, shown + 1) : target);
  }
  if (saving_.valid() && saving_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    notice_ = saving_.get();
  }
}

// Lets time pass; a new episode is shown from its beginning. Of two episodes none is shown further
// than the other has come, unless that has ended.
void App::Advance(const Accesses& recordings) {
  bool are_all_there = true;
  for (size_t i = 0; i < num_shown_; ++i) {
    const Recording& recording = *recordings[i];
    are_all_there = are_all_there && !recording.moments.empty();
    if (recording.generation == stages_[i]->generation) continue;
    stages_[i]->generation = recording.generation;
    const bool was_playing = playhead_.is_playing();
    playhead_.Seek(0);
    playhead_.SetPlaying(was_playing);
    if (i == 0 && !choice_.demo_file.empty() && choice_ == loaded_) {
      // what the file says of the episode, for pickers
      choice_.episode = recording.info.episode;
      loaded_ = choice_;
    }
  }
  if (!are_all_there) return;
  int newest = 1 << 30;
  int last = 0;
  bool is_final = true;
  for (const Simulation::Access& recording : recordings) {
    const bool has_ended = recording->moments.back().end.has_value();
    if (!has_ended) newest = std::min(newest, recording->num_steps());
    last = std::max(last, recording->num_steps());
    is_final = is_final && has_ended;
  }
  playhead_.Advance(ImGui::GetIO().DeltaTime, std::min(newest, is_final ? last : newest), is_final);
}

void App::GoOn() {
  const int step = playhead_.instant(1 << 30).step;
  for (const auto& stage : shown()) stage->simulation->ReturnTo(step);
  playhead_.Seek(step);
  playhead_.SetPlaying(true);
}

// Plays the solved episode again in a thread of its own, and writes it down.
void App::StartSaving() {
  if (saving_.valid()) return;
  DemoRequest request;
  request.protocol = options_.simulation.protocol;
  request.mode = options_.simulation.mode;
  std::string task;
  {
    const Simulation::Access recording = stages_[selected_]->simulation->Read();
    if (recording->moments.empty() ||
        recording->moments.back().end != std::optional(EpisodeEnd::kSuccess)) {
      notice_ = "only a solved episode is a demonstration";
      return;
    }
    request.episode = recording->info.episode;
    request.policy = recording->info.description;
    task = recording->info.task.name;
    for (const Moment& moment : recording->moments) {
      if (moment.step > 0) request.actions.push_back(moment.action);
    }
  }
  const std::filesystem::path file = options_.save_folder / (task + "_demo.hdf5");
  notice_ = "saving …";
  saving_ = std::async(std::launch::async, [this, request, file]() -> std::string {
    try {
      const std::string name = SaveDemo(request, file, *suites_, *store_, options_.make_renderer);
      return fmt::format("saved as {} in {}", name, file.string());
    } catch (const std::exception& error) {
      return error.what();
    }
  });
}

void App::UseKeys(const Recording& recording) {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) return;
  UseViewKeys(recording);
  if (shows_run_) return;
  const int newest = recording.moments.empty() ? 0 : recording.num_steps();
  if (IsPressed(GLFW_KEY_SPACE)) playhead_.SetPlaying(!playhead_.is_playing());
  const int direction = static_cast<int>(IsPressed(GLFW_KEY_RIGHT, true)) -
                        static_cast<int>(IsPressed(GLFW_KEY_LEFT, true));
  if (direction != 0 && io.KeyShift) playhead_.MoveSubsteps(direction);
  if (direction != 0 && !io.KeyShift) playhead_.MoveSteps(direction);
  if (IsPressed(GLFW_KEY_HOME)) playhead_.Seek(0);
  if (IsPressed(GLFW_KEY_END)) playhead_.Seek(newest);
  if (IsPressed(GLFW_KEY_C) && playhead_.instant(newest).step < newest) wants_to_go_on_ = true;
  wants_restart_ = wants_restart_ || IsPressed(GLFW_KEY_R);
  wants_to_save_ = wants_to_save_ || (io.KeyCtrl && IsPressed(GLFW_KEY_S));
  if (!io.KeyCtrl) playhead_.SetSpeed(ScaleByKeys(playhead_.speed(), 2));
  const int num_inits = recording.info.num_init_states;
  if (IsPressed(GLFW_KEY_LEFT_BRACKET)) Toolbar::MoveInit(choice_, -1, num_inits);
  if (IsPressed(GLFW_KEY_RIGHT_BRACKET)) Toolbar::MoveInit(choice_, 1, num_inits);
  if (IsPressed(GLFW_KEY_PAGE_UP)) toolbar_.MoveTask(choice_, -1);
  if (IsPressed(GLFW_KEY_PAGE_DOWN)) toolbar_.MoveTask(choice_, 1);
}

void App::UseViewKeys(const Recording& recording) {
  if (IsPressed(GLFW_KEY_TAB)) {
    ui_->settings->panels["sidebar"] = !IsPanelOpen("sidebar", true);
  }
  if (ImGui::GetIO().KeyCtrl) {
    double& zoom = ui_->settings->zoom;
    zoom = std::clamp(ScaleByKeys(zoom, 1.1), kSmallestZoom, kLargestZoom);
  }
  if (IsPressed(GLFW_KEY_T)) ui_->settings->is_dark = !ui_->settings->is_dark;
  if (IsPressed(GLFW_KEY_F1) || IsPressed(GLFW_KEY_H)) shows_help_ = !shows_help_;
  if (IsPressed(GLFW_KEY_ESCAPE)) shows_help_ = false;
  if (!IsPressed(GLFW_KEY_V) || recording.moments.empty()) return;
  const mjModel& model = *recording.info.scene->model;
  const int camera =
      look_.camera.empty() ? 0 : mj_name2id(&model, mjOBJ_CAMERA, look_.camera.c_str()) + 1;
  const char* name = camera < model.ncam ? mj_id2name(&model, mjOBJ_CAMERA, camera) : nullptr;
  look_.camera = name == nullptr ? "" : name;
}

void App::DrawToolbar(const Recording& recording) {
  const bool is_loaded = !recording.moments.empty();
  if (shows_run_) {
    ImGui::AlignTextToFramePadding();
    FontText(ui_->fonts.title, board_->title());
  } else {
    toolbar_.Draw(*ui_, choice_, versus_, policies_,
                  is_loaded ? recording.info.num_init_states : 0);
    DrawDemos(recording);
  }
  if (board_) {
    ImGui::SameLine();
    if (ImGui::Button(shows_run_ ? "episode" : "run")) {
      shows_run_ = !shows_run_;
      wants_restart_ = wants_restart_ || (!shows_run_ && !is_loaded);
    }
    ui_->Place("run");
  }
  ImGui::SameLine();
  if (ImGui::Button(ui_->settings->is_dark ? "light" : "dark")) {
    ui_->settings->is_dark = !ui_->settings->is_dark;
  }
  ui_->Place("theme");
  ImGui::SameLine();
  if (ImGui::Button("?")) shows_help_ = !shows_help_;
  ui_->Place("help");
}

// Which demonstration of its file, if one is shown.
void App::DrawDemos(const Recording& recording) {
  if (choice_.demo_file.empty() || recording.moments.empty()) return;
  ImGui::SameLine();
  ImGui::SetNextItemWidth(6 * ui_->em);
  if (!ImGui::BeginCombo("##demo", recording.info.demo.c_str())) return;
  for (const int number : recording.info.demo_numbers) {
    const std::string name = fmt::format("demo_{}", number);
    if (ImGui::Selectable(name.c_str(), name == recording.info.demo)) choice_.demo = number;
  }
  ImGui::EndCombo();
}

void App::DrawSave(const Recording& recording) {
  const bool is_solved = !recording.moments.empty() && recording.info.demo.empty() &&
                         recording.moments.back().end == std::optional(EpisodeEnd::kSuccess);
  if (is_solved && !saving_.valid()) {
    ImGui::SameLine();
    if (ImGui::Button("save as demonstration")) wants_to_save_ = true;
    ui_->Place("save");
  }
  if (notice_.empty()) return;
  ImGui::SameLine();
  ColoredText(ui_->palette.muted, notice_);
}

void App::DrawScenes(const Accesses& recordings, ImVec2 size) {
  const Recording& first = *recordings[0];
  look_.shows_contacts = IsPanelOpen("Contacts", false);
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  constexpr float kGap = 4;
  const auto count = static_cast<float>(num_shown_);
  const ImVec2 each = {(size.x - kGap * (count - 1)) / count, size.y};
  for (size_t i = 0; i < num_shown_; ++i) {
    const Recording& recording = *recordings[i];
    const ImVec2 at = {corner.x + static_cast<float>(i) * (each.x + kGap), corner.y};
    ImGui::SetCursorScreenPos(at);
    std::optional<SceneInstant> instant;
    if (!recording.moments.empty()) {
      instant = InstantOf(recording, playhead_.instant(recording.num_steps()));
    }
    stages_[i]->area.Draw(*ui_, instant, each, *painter_, look_);
    if (ImGui::IsItemClicked() && !ImGui::GetIO().KeyCtrl) selected_ = i;
    DrawBanner(recording, at, each.x - 24);
    if (num_shown_ > 1 && i == selected_) {
      ImGui::GetWindowDrawList()->AddRect(at, {at.x + each.x, at.y + each.y}, ui_->palette.accent,
                                          0, 0, 2);
    }
  }
  DrawCamera(first, corner, size);
  ImGui::SetCursorScreenPos({corner.x, corner.y + size.y + ImGui::GetStyle().ItemSpacing.y});
}

void App::DrawCamera(const Recording& recording, ImVec2 corner, ImVec2 size) {
  if (recording.moments.empty()) return;
  ImGui::SetCursorScreenPos(
      {corner.x + size.x - 10.75F * ui_->em, corner.y + size.y - 2.4F * ui_->em});
  Toolbar::DrawCameras(*ui_, *recording.info.scene->model, look_.camera);
  ui_->settings->camera = look_.camera;
}

// What the policy is told, who acts, what is being done, what went wrong, how it ended.
void App::DrawBanner(const Recording& recording, ImVec2 corner, float width) {
  const Palette& palette = ui_->palette;
  const ImU32 white = IM_COL32(235, 238, 243, 255);
  ImVec2 at = {corner.x + 12, corner.y + 12};
  if (!recording.moments.empty()) {
    const EpisodeInfo& info = recording.info;
    at.y = DrawLabel(*ui_, at, ui_->fonts.title, white, info.instruction, width);
    const std::string who = info.demo.empty() ? info.description : info.demo;
    if (num_shown_ > 1 || !info.demo.empty()) {
      at.y = DrawLabel(*ui_, at, ui_->fonts.strong, white, who, width);
    }
    const Moment& last = recording.moments.back();
    const int step = playhead_.instant(recording.num_steps()).step;
    if (last.end && step == last.step) {
      const bool is_success = *last.end == EpisodeEnd::kSuccess;
      at.y = DrawLabel(*ui_, at, ui_->fonts.strong, is_success ? palette.good : palette.bad,
                       fmt::format("{} after {} steps", Name(*last.end), last.step), width);
      const std::string logged = board_ ? board_->Compare(info, last) : "";
      if (!logged.empty()) at.y = DrawLabel(*ui_, at, ui_->fonts.text, white, logged, width);
    }
  }
  const std::string error = recording.error.empty() ? painter_->error() : recording.error;
  if (!error.empty()) {
    DrawLabel(*ui_, at, ui_->fonts.text, palette.bad, error, width);
  } else if (!recording.doing.empty()) {
    DrawLabel(*ui_, at, ui_->fonts.text, white, recording.doing + " …", width);
  }
}

void App::DrawSidebar(const Recording& recording) {
  for (const PanelEntry& panel : kPanels) {
    const bool is_open = IsPanelOpen(panel.name, panel.is_open_at_first);
    ImGui::SetNextItemOpen(is_open);
    ImGui::PushFont(ui_->fonts.strong);
    const bool now_open = ImGui::CollapsingHeader(panel.name);
    ImGui::PopFont();
    ui_->Place(panel.name);
    if (now_open != is_open) ui_->settings->panels[panel.name] = now_open;
    if (!now_open || recording.moments.empty()) continue;
    const Playhead::Instant instant = playhead_.instant(recording.num_steps());
    const PanelContext context = {.ui = ui_,
                                  .recording = &recording,
                                  .moment = &recording.moments[static_cast<size_t>(instant.step)],
                                  .painter = painter_.get(),
                                  .seek = [this](int step) { playhead_.Seek(step); },
                                  .run_facts = board_ ? &board_->facts() : nullptr};
    ImGui::PushID(panel.name);
    if (panel.draw != nullptr) {
      panel.draw(context);
    } else if (panel.name == kPlanPanel) {
      plan_.Draw(context);
    } else {
      pictures_.Draw(context);
    }
    ImGui::PopID();
    ImGui::Spacing();
  }
}

void App::DrawHelp() {
  if (!shows_help_) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::Begin("help", &shows_help_,
               ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoTitleBar |
                   ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
  FontText(ui_->fonts.title, "Keys and mouse");
  ImGui::BeginTable("##keys", 2, ImGuiTableFlags_SizingFixedFit);
  for (const Shortcut& shortcut : kShortcuts) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    FontText(ui_->fonts.strong, shortcut.keys);
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(shortcut.what);
  }
  ImGui::EndTable();
  ImGui::End();
}

}  // namespace libero
