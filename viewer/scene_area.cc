#include "viewer/scene_area.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/model.h"

namespace libero {
namespace {

// The camera that stands in for the free one: any will do, for its pose is replaced.
std::string FreeCameraName(const mjModel& model) {
  constexpr const char* kName = "frontview";
  if (mj_name2id(&model, mjOBJ_CAMERA, kName) >= 0) return kName;
  const char* name = mj_id2name(&model, mjOBJ_CAMERA, 0);
  return name == nullptr ? "" : name;
}

const Snapshot& SnapshotAt(const Recording& recording, Playhead::Instant instant) {
  if (instant.substep > 0 && instant.step < recording.num_steps()) {
    const Moment& next = recording.moments[static_cast<size_t>(instant.step) + 1];
    if (!next.substeps.empty()) return next.substeps[static_cast<size_t>(instant.substep)];
  }
  return recording.moments[static_cast<size_t>(instant.step)].state.snapshot;
}

ImVec2 OnScreen(const PicturePoint& point, const ScreenRect& area) {
  return {area.min.x + static_cast<float>(point.x) * (area.max.x - area.min.x),
          area.min.y + static_cast<float>(point.y) * (area.max.y - area.min.y)};
}

double Depth(const CameraPose& camera, const std::array<double, 3>& point) {
  double depth = 0;
  for (size_t i = 0; i < 3; ++i) depth -= camera.mat[3 * i + 2] * (point[i] - camera.pos[i]);
  return depth;
}

}  // namespace

SceneInstant InstantOf(const Recording& recording, Playhead::Instant instant) {
  const Moment& moment = recording.moments[static_cast<size_t>(instant.step)];
  return {.scene = recording.info.scene,
          .workspace = recording.info.workspace,
          .snapshot = &SnapshotAt(recording, instant),
          .moment = moment.id,
          .substep = instant.substep,
          .contacts = moment.contacts};
}

void SceneArea::Draw(Ui& ui, const std::optional<SceneInstant>& instant, ImVec2 size,
                     ScenePainter& painter, SceneLook& look) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ScreenRect area = {corner, {corner.x + size.x, corner.y + size.y}};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(area.min, area.max, IM_COL32(24, 26, 31, 255));
  ImGui::InvisibleButton(fmt::format("##scene{}", view_).c_str(), size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  ImGui::SetItemAllowOverlap();  // by what is picked on top of the picture
  ui.Place(fmt::format("scene {}", view_));
  if (!instant) return;

  // where the camera is
  const mjModel& model = *instant->scene->model;
  const Snapshot& snapshot = *instant->snapshot;
  if (!look.camera.empty() && mj_name2id(&model, mjOBJ_CAMERA, look.camera.c_str()) < 0) {
    look.camera.clear();
  }
  const bool is_free = look.camera.empty();
  const std::string camera_name = is_free ? FreeCameraName(model) : look.camera;
  const int camera_id = FindCamera(model, camera_name);
  if (look.workspace != instant->workspace) {
    look.workspace = instant->workspace;
    look.free = FreeCamera(model, snapshot);
  }
  CameraPose camera = FixedCamera(model, snapshot, camera_id);
  if (is_free) camera = look.free.pose(camera.fovy_deg);
  UseMouse(*instant, camera, look, area);

  // the picture
  const ImVec2 pixels = PictureSize(size, painter, look.is_sharp);
  const Asked wanted = {instant->moment,
                        instant->substep,
                        {camera_name, static_cast<int>(pixels.x), static_cast<int>(pixels.y)},
                        camera};
  if (!(wanted == asked_)) {
    asked_ = wanted;
    painter.Ask(view_, {instant->scene, snapshot, wanted.frame,
                        is_free ? std::optional(camera) : std::nullopt});
  }
  if (const std::optional<Image> image = painter.Take(view_)) {
    texture_ = ui.surface->Upload(texture_, *image);
  }
  draw.PushClipRect(area.min, area.max, true);
  if (texture_ != nullptr) draw.AddImage(texture_, area.min, area.max, {0, 1}, {1, 0});
  if (look.shows_contacts) DrawContacts(ui, instant->contacts, camera, area);
  if (push_) DrawPush(ui, camera, area);
  draw.PopClipRect();
}

// While things move, no more pixels than can be drawn in a twentieth of a second.
ImVec2 SceneArea::PictureSize(ImVec2 size, const ScenePainter& painter, bool is_sharp) {
  constexpr double kSlow_ms = 60;
  constexpr double kFast_ms = 22;
  const double last_ms = painter.last_ms(view_);
  if (last_ms > kSlow_ms) resolution_ = std::max(0.35F, resolution_ * 0.9F);
  if (last_ms < kFast_ms) resolution_ = std::min(1.0F, resolution_ * 1.02F);
  // in few steps, so that a picture of the same instant is not drawn again and again
  const float rounded = is_sharp ? 1 : std::round(resolution_ * 8) / 8;
  constexpr float kMax = 4096;
  return {std::clamp(std::floor(size.x * rounded), 8.0F, kMax),
          std::clamp(std::floor(size.y * rounded), 8.0F, kMax)};
}

void SceneArea::UseMouse(const SceneInstant& instant, const CameraPose& camera, SceneLook& look,
                         const ScreenRect& area) {
  const ImGuiIO& io = ImGui::GetIO();
  const ImVec2 size = {area.max.x - area.min.x, area.max.y - area.min.y};
  const PicturePoint point = {(io.MousePos.x - area.min.x) / size.x,
                              (io.MousePos.y - area.min.y) / size.y};
  const double aspect = static_cast<double>(size.x) / size.y;
  const bool is_free = look.camera.empty();
  if (ImGui::IsItemHovered() && io.MouseWheel != 0 && is_free) look.free.Zoom(io.MouseWheel);
  if (!ImGui::IsItemActive()) {
    push_.reset();
    return;
  }
  if (ImGui::IsItemActivated() && io.KeyCtrl && can_push_) {
    StartPush(instant, camera, point, aspect);
  }
  if (push_) {
    // the target moves in the plane through where the body was taken
    const std::array<double, 3> ray = Ray(camera, aspect, point);
    std::array<double, 3> ahead{};
    for (size_t i = 0; i < 3; ++i) ahead[i] = camera.pos[i] + ray[i];
    const double along = Depth(camera, ahead);
    for (size_t i = 0; i < 3; ++i) {
      push_->target[i] = camera.pos[i] + ray[i] * push_depth_ / along;
    }
    return;
  }
  const double dx = io.MouseDelta.x / size.y;
  const double dy = io.MouseDelta.y / size.y;
  if (!is_free || (dx == 0 && dy == 0)) return;
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    look.free.Turn(dx, dy);
  } else if (ImGui::IsMouseDown(ImGuiMouseButton_Right)) {
    look.free.Move(dx, dy);
  } else {
    look.free.Zoom(-10 * dy);
  }
}

// Takes hold of the body under the mouse.
void SceneArea::StartPush(const SceneInstant& instant, const CameraPose& camera,
                          const PicturePoint& point, double aspect) {
  const mjModel& model = *instant.scene->model;
  const Snapshot& snapshot = *instant.snapshot;
  const MjDataPtr data(mj_makeData(&model));
  if (data == nullptr) return;
  std::ranges::copy(snapshot.qpos, data->qpos);
  mj_kinematics(&model, data.get());
  std::ranges::copy(snapshot.xpos, data->xpos);
  std::ranges::copy(snapshot.geom_xpos, data->geom_xpos);
  std::ranges::copy(snapshot.geom_xmat, data->geom_xmat);
  const std::array<double, 3> ray = Ray(camera, aspect, point);
  constexpr mjtByte kGroups[mjNGROUP] = {0, 1, 0, 0, 0, 0};  // what can be seen
  int geom = -1;
  const double distance =
      mj_ray(&model, data.get(), camera.pos.data(), ray.data(), kGroups, 1, -1, &geom);
  if (distance < 0 || geom < 0) return;
  const int body = model.geom_bodyid[geom];
  if (model.body_weldid[body] == 0) return;  // part of the world
  for (size_t i = 0; i < 3; ++i) push_start_[i] = camera.pos[i] + distance * ray[i];
  Push push = {.body = body, .target = push_start_};
  mjtNum offset[3];
  mju_sub3(offset, push_start_.data(), data->xpos + 3 * static_cast<ptrdiff_t>(body));
  mju_mulMatTVec3(push.local.data(), data->xmat + 9 * static_cast<ptrdiff_t>(body), offset);
  push_depth_ = Depth(camera, push_start_);
  push_ = push;
}

void SceneArea::DrawPush(const Ui& ui, const CameraPose& camera, const ScreenRect& area) const {
  const double aspect = static_cast<double>(area.max.x - area.min.x) / (area.max.y - area.min.y);
  const auto from = Project(camera, aspect, push_start_);
  const auto to = Project(camera, aspect, push_->target);
  if (!from || !to) return;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddLine(OnScreen(*from, area), OnScreen(*to, area), ui.palette.warning, 2);
  draw.AddCircleFilled(OnScreen(*to, area), 5, ui.palette.warning);
}

void SceneArea::DrawContacts(const Ui& ui, std::span<const ContactPoint> contacts,
                             const CameraPose& camera, const ScreenRect& area) const {
  const double aspect = static_cast<double>(area.max.x - area.min.x) / (area.max.y - area.min.y);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (const ContactPoint& contact : contacts) {
    const auto foot = Project(camera, aspect, contact.pos);
    // 1 N: 1 cm, 100 N: 5 cm
    const double length = 0.01 + 0.02 * std::log10(std::max(1.0, contact.force));
    std::array<double, 3> end{};
    for (size_t i = 0; i < 3; ++i) end[i] = contact.pos[i] + length * contact.normal[i];
    const auto tip = Project(camera, aspect, end);
    if (!foot || !tip) continue;
    draw.AddLine(OnScreen(*foot, area), OnScreen(*tip, area), ui.palette.warning, 2);
    draw.AddCircleFilled(OnScreen(*foot, area), 3, ui.palette.bad);
  }
}

void SceneArea::Release(Surface& surface) {
  if (texture_ != nullptr) surface.Destroy(texture_);
  texture_ = nullptr;
}

}  // namespace libero
