#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "viewer/panels/panels.h"
#include "viewer/plot.h"

namespace libero {
namespace {

using Value = std::function<double(const Observation&)>;

struct Group {
  const char* id;
  const char* title;
  std::vector<std::pair<std::string, Value>> values;
  const char* format;
  double margin;  // that is shown above and below at least
};

std::vector<Group> Groups() {
  Group hand = {"##hand", "hand, m", {}, "{:.3f}", 0.02};
  for (size_t i = 0; i < 3; ++i) {
    hand.values.emplace_back(std::string(1, "xyz"[i]),
                             [i](const Observation& seen) { return seen.eef_pos[i]; });
  }
  Group gripper = {"##gripper", "opening of the gripper, mm", {}, "{:.1f}", 1};
  gripper.values.emplace_back("width", [](const Observation& seen) {
    return 1000 * (seen.gripper_qpos[0] - seen.gripper_qpos[1]);
  });
  Group joints = {"##joints", "joints, degrees", {}, "{:.0f}", 5};
  Group speeds = {"##speeds", "speeds of joints, degrees/s", {}, "{:.0f}", 5};
  for (size_t i = 0; i < 7; ++i) {
    constexpr double kDegrees = 180 / std::numbers::pi;
    joints.values.emplace_back(std::to_string(i + 1), [i](const Observation& seen) {
      return kDegrees * seen.joint_pos[i];
    });
    speeds.values.emplace_back(std::to_string(i + 1), [i](const Observation& seen) {
      return kDegrees * seen.joint_vel[i];
    });
  }
  return {hand, gripper, joints, speeds};
}

}  // namespace

void DrawProprioceptionPanel(const PanelContext& context) {
  static const std::vector<Group> groups = Groups();
  const Recording& recording = *context.recording;
  const Ui& ui = *context.ui;
  for (const Group& group : groups) {
    std::vector<Curve> curves;
    double low = 1e9;
    double high = -1e9;
    for (size_t i = 0; i < group.values.size(); ++i) {
      const auto& [name, value] = group.values[i];
      curves.push_back({name, ui.palette.series[i], [&recording, &value](int step) {
                          return value(recording.moments[static_cast<size_t>(step)].observation);
                        }});
      for (const Moment& moment : recording.moments) {
        low = std::min(low, value(moment.observation));
        high = std::max(high, value(moment.observation));
      }
    }
    MutedText(ui, group.title);
    const int step = DrawPlot(group.id, curves,
                              {.first = 0,
                               .last = recording.num_steps(),
                               .cursor = context.moment->step,
                               .low = low - group.margin,
                               .high = high + group.margin,
                               .height = 4.5F * ui.em,
                               .format = group.format},
                              ui.palette);
    if (step >= 0) context.seek(step);
  }
}

}  // namespace libero
