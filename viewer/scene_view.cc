#include "viewer/scene_view.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace libero {

ScenePainter::ScenePainter(RendererFactory make_renderer)
    : make_renderer_(std::move(make_renderer)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

ScenePainter::~ScenePainter() {
  {
    const std::lock_guard lock(mutex_);
    thread_.request_stop();
  }
  changed_.notify_all();
  thread_.join();
  views_.clear();
  renderer_.reset();
}

void ScenePainter::Ask(int view, ViewRequest request) {
  {
    const std::lock_guard lock(mutex_);
    views_[view].request = std::move(request);
  }
  changed_.notify_all();
}

std::optional<Image> ScenePainter::Take(int view) {
  const std::lock_guard lock(mutex_);
  return std::exchange(views_[view].picture, std::nullopt);
}

void ScenePainter::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return !is_drawing_ && std::ranges::none_of(views_, [](const auto& view) {
      return view.second.request.has_value();
    });
  });
}

std::string ScenePainter::description() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

double ScenePainter::last_ms(int view) const {
  const std::lock_guard lock(mutex_);
  const auto found = views_.find(view);
  return found == views_.end() ? 0 : found->second.last_ms;
}

std::string ScenePainter::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void ScenePainter::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    // the next view in turn that wants a picture
    auto next = views_.end();
    for (auto view = views_.begin(); view != views_.end(); ++view) {
      if (!view->second.request) continue;
      if (next == views_.end() || (next->first <= last_view_ && view->first > last_view_)) {
        next = view;
      }
    }
    if (next == views_.end()) {
      changed_.notify_all();
      changed_.wait(lock);
      continue;
    }
    View& view = next->second;  // stays where it is, whatever views are added
    last_view_ = next->first;
    ViewRequest request = *std::exchange(view.request, std::nullopt);
    is_drawing_ = true;
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    std::optional<Image> picture;
    std::string error;
    try {
      picture = Draw(view, request);
    } catch (const std::exception& problem) {
      error = problem.what();
    }
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    lock.lock();
    is_drawing_ = false;
    view.last_ms = elapsed.count();
    if (picture) view.picture = std::move(picture);
    error_ = error;
    if (renderer_ != nullptr) description_ = renderer_->description();
  }
}

Image ScenePainter::Draw(View& view, ViewRequest& request) {
  if (renderer_ == nullptr || scene_ != request.scene) {
    renderer_.reset();
    renderer_ = make_renderer_(*request.scene->model);
    scene_ = request.scene;
  }
  if (view.scene != request.scene) view.history.reset();
  view.scene = request.scene;
  const int camera = FindCamera(*scene_->model, request.frame.camera);
  if (request.free_pose) {
    std::ranges::copy(request.free_pose->pos,
                      request.snapshot.cam_xpos.begin() + 3 * static_cast<ptrdiff_t>(camera));
    std::ranges::copy(request.free_pose->mat,
                      request.snapshot.cam_xmat.begin() + 9 * static_cast<ptrdiff_t>(camera));
  }
  Image image = {request.frame.width, request.frame.height, {}};
  image.rgb.resize(size_t{3} * static_cast<size_t>(image.width) *
                   static_cast<size_t>(image.height));
  renderer_->Redraw(request.snapshot, camera, image, view.history);
  return image;
}

}  // namespace libero
