#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/panels.h"

namespace libero {

void PicturesPanel::Draw(const PanelContext& context) {
  const EpisodeInfo& info = context.recording->info;
  const Moment& moment = *context.moment;
  Ui& ui = *context.ui;
  const std::vector<FrameSpec>& frames = info.frames.empty() ? info.protocol.frames : info.frames;
  if (pictures_.size() < frames.size()) pictures_.resize(frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    Picture& picture = pictures_[i];
    const int view = first_view_ + static_cast<int>(i);
    if (picture.moment != moment.id || picture.frame != frames[i]) {
      picture.moment = moment.id;
      picture.frame = frames[i];
      context.painter->Ask(view, {info.scene, moment.state.snapshot, frames[i], std::nullopt});
    }
    if (const std::optional<Image> image = context.painter->Take(view)) {
      picture.texture = ui.surface->Upload(picture.texture, *image);
    }
    if (picture.texture == nullptr) continue;
    const float ratio = static_cast<float>(frames[i].height) / static_cast<float>(frames[i].width);
    const float width = std::min(ImGui::GetContentRegionAvail().x, 18 * ui.em);
    ImGui::Image(picture.texture, {width, width * ratio}, {0, 1}, {1, 0});
    ui.Place("picture " + frames[i].camera);
    MutedText(ui, fmt::format("{}, {}×{}", frames[i].camera, frames[i].width, frames[i].height));
  }
  MutedText(ui, info.frames.empty()
                    ? "This policy looks at no pictures; these are the protocol's."
                    : "What the policy gets at this step, the right side up; files and policies "
                      "hold the bottom row first.");
}

void PicturesPanel::Release(Surface& surface) {
  for (const Picture& picture : pictures_) {
    if (picture.texture != nullptr) surface.Destroy(picture.texture);
  }
  pictures_.clear();
}

}  // namespace libero
