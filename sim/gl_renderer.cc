#include "sim/gl_renderer.h"

#include <GL/gl.h>
#include <GL/glext.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "sim/base/check.h"
#include "sim/base/log.h"

namespace libero {
namespace {

constexpr int kMaxGeoms = 1000;           // as robosuite's scenes; what is beyond is not drawn
constexpr int64_t kArenaBytes = 1 << 20;  // of an mjData in which nothing is computed

class MjvScene {
 public:
  explicit MjvScene(const mjModel& model) {
    mjv_defaultScene(&scene_);
    mjv_makeScene(&model, &scene_, kMaxGeoms);
  }
  ~MjvScene() { mjv_freeScene(&scene_); }
  MjvScene(const MjvScene&) = delete;
  MjvScene& operator=(const MjvScene&) = delete;
  [[nodiscard]] mjvScene* get() { return &scene_; }

 private:
  mjvScene scene_{};
};

// The model's meshes, textures and buffers in a GL context, which must be current at construction.
class MjrContext {
 public:
  MjrContext(const mjModel& model, GlContext& context) : context_(&context) {
    mjr_defaultContext(&mjr_);
    mjr_makeContext(&model, &mjr_, mjFONTSCALE_150);
    mjr_setBuffer(mjFB_OFFSCREEN, &mjr_);
  }
  ~MjrContext() {
    try {
      const GlContext::Scope scope(*context_);
      mjr_freeContext(&mjr_);
    } catch (const Error& error) {  // all that is lost then goes with the context
      LogWarning("sim", error.what());
    }
  }
  MjrContext(const MjrContext&) = delete;
  MjrContext& operator=(const MjrContext&) = delete;
  [[nodiscard]] mjrContext* get() { return &mjr_; }

 private:
  GlContext* context_;
  mjrContext mjr_{};
};

// Where no light casts shadows, as in LIBERO's scenes, MuJoCo's map of them (64 MB) is never read.
bool CastsShadows(const mjModel& model) {
  return std::ranges::any_of(std::span(model.light_castshadow, static_cast<size_t>(model.nlight)),
                             [](mjtByte casts) { return casts != 0; });
}

// Throws Error that names what was being done if OpenGL has noted an error, of which none is left.
void CheckGl(const GlContext& context, const std::string& what) {
  const auto get_error = context.Get<GLenum (*)()>("glGetError");
  constexpr int kMaxErrors = 16;  // a lost context may report errors without end
  GLenum first = GL_NO_ERROR;
  for (int i = 0; i < kMaxErrors; ++i) {
    const GLenum error = get_error();
    if (error == GL_NO_ERROR) break;
    if (first == GL_NO_ERROR) first = error;
  }
  if (first == GL_NO_ERROR) return;
  const bool is_memory = first == GL_OUT_OF_MEMORY;
  throw Error(fmt::format("{} failed: OpenGL error 0x{:04X}{} ({})", what, first,
                          is_memory ? ", out of memory" : "", context.description()));
}

// The largest width and height that can be drawn.
std::array<int, 2> MaxFrame(const GlContext& context) {
  const auto get_integer = context.Get<void (*)(GLenum, GLint*)>("glGetIntegerv");
  GLint buffer = 0;
  std::array<GLint, 2> viewport{};
  get_integer(GL_MAX_RENDERBUFFER_SIZE, &buffer);
  get_integer(GL_MAX_VIEWPORT_DIMS, viewport.data());
  return {std::min(buffer, viewport[0]), std::min(buffer, viewport[1])};
}

// Lets the off-screen buffers have at least this size.
void Grow(const GlContext& context, int width, int height, mjrContext& mjr) {
  if (width <= mjr.offWidth && height <= mjr.offHeight) return;
  const auto [max_width, max_height] = MaxFrame(context);
  if (width > max_width || height > max_height) {
    throw Error(fmt::format("cannot draw {}×{} pixels: {} draws at most {}×{}", width, height,
                            context.description(), max_width, max_height));
  }
  const int old_width = mjr.offWidth;
  const int old_height = mjr.offHeight;
  mjr_resizeOffscreen(std::max(width, old_width), std::max(height, old_height), &mjr);
  try {
    CheckGl(context, fmt::format("making buffers of {}×{} pixels", mjr.offWidth, mjr.offHeight));
  } catch (const Error&) {
    mjr_resizeOffscreen(old_width, old_height, &mjr);
    throw;
  }
}

template <typename T>
void Copy(const std::vector<T>& values, T* to, int num_rows, int num_columns) {
  LIBERO_CHECK(values.size() == static_cast<size_t>(num_rows) * static_cast<size_t>(num_columns));
  std::ranges::copy(values, to);
}

}  // namespace

struct GlRenderer::MujocoParts {
  MujocoParts(const mjModel& model, GlContext& context) : scene(model), mjr(model, context) {}
  MjvScene scene;
  MjrContext mjr;
};

GlRenderer::GlRenderer(std::unique_ptr<GlContext> context, const mjModel& model)
    : context_(std::move(context)),
      model_(model),
      site_rgba_(model.site_rgba, model.site_rgba + 4 * static_cast<ptrdiff_t>(model.nsite)) {
  model_.site_rgba = site_rgba_.data();
  model_.narena = kArenaBytes;
  if (!CastsShadows(model)) model_.vis.quality.shadowsize = 0;
  data_.reset(mj_makeData(&model_));
  if (data_ == nullptr) throw Error("no memory for a renderer");
  const GlContext::Scope scope(*context_);
  BindMujocoTo(*context_);
  mujoco_ = std::make_unique<MujocoParts>(model_, *context_);
}

GlRenderer::~GlRenderer() = default;

void GlRenderer::CopyPoses(const Snapshot& snapshot) {
  Copy(snapshot.geom_xpos, data_->geom_xpos, model_.ngeom, 3);
  Copy(snapshot.geom_xmat, data_->geom_xmat, model_.ngeom, 9);
  Copy(snapshot.site_xpos, data_->site_xpos, model_.nsite, 3);
  Copy(snapshot.site_xmat, data_->site_xmat, model_.nsite, 9);
  Copy(snapshot.cam_xpos, data_->cam_xpos, model_.ncam, 3);
  Copy(snapshot.cam_xmat, data_->cam_xmat, model_.ncam, 9);
  Copy(snapshot.light_xpos, data_->light_xpos, model_.nlight, 3);
  Copy(snapshot.light_xdir, data_->light_xdir, model_.nlight, 3);
  Copy(snapshot.site_rgba, site_rgba_.data(), model_.nsite, 4);
}

void GlRenderer::Render(const Snapshot& snapshot, int camera_id, Image& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  LIBERO_CHECK(camera_id >= 0 && camera_id < model_.ncam);
  CopyPoses(snapshot);
  mjvOption options;
  mjv_defaultOption(&options);
  options.geomgroup[0] = 0;  // collision geoms
  options.geomgroup[1] = 1;  // visible geoms
  mjvCamera camera;
  mjv_defaultCamera(&camera);
  camera.type = mjCAMERA_FIXED;
  camera.fixedcamid = camera_id;

  const GlContext::Scope scope(*context_);
  mjvScene* scene = mujoco_->scene.get();
  mjrContext* mjr = mujoco_->mjr.get();
  Grow(*context_, image.width, image.height, *mjr);
  mjv_updateScene(&model_, data_.get(), &options, nullptr, &camera, mjCAT_ALL, scene);
  const mjrRect viewport = {0, 0, image.width, image.height};
  mjr_render(viewport, scene, mjr);
  image.rgb.resize(3 * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  mjr_readPixels(image.rgb.data(), nullptr, viewport, mjr);
  CheckGl(*context_, "drawing");
}

}  // namespace libero
