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

// The distance along the camera's axis of what MuJoCo's reversed depth buffer holds: from 1 at the
// near plane to 0 at the far plane.
float Distance(float depth, float near_z, float far_z) {
  return near_z * far_z / (near_z + depth * (far_z - near_z));
}

size_t NumPixels(int width, int height) {
  return static_cast<size_t>(width) * static_cast<size_t>(height);
}

}  // namespace

// The model's meshes, textures and buffers in a GL context, which must be current at construction.
class GlRenderer::MjrContext {
 public:
  MjrContext(const mjModel& model, GlContext& context) : context_(&context) {
    mjModel without_shadows = model;
    if (!CastsShadows(model)) without_shadows.vis.quality.shadowsize = 0;
    mjr_defaultContext(&mjr_);
    mjr_makeContext(&without_shadows, &mjr_, mjFONTSCALE_150);
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

GlRenderer::GlRenderer(std::unique_ptr<GlContext> context, const mjModel& model)
    : context_(std::move(context)), scene_(model) {
  const GlContext::Scope scope(*context_);
  BindMujocoTo(*context_);
  mjr_ = std::make_unique<MjrContext>(scene_.model(), *context_);
}

GlRenderer::~GlRenderer() = default;

void GlRenderer::Render(const Snapshot& snapshot, int camera_id, Image& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  mjvScene& scene = scene_.Update(snapshot, camera_id);
  const GlContext::Scope scope(*context_);
  Grow(*context_, image.width, image.height, *mjr_->get());
  const mjrRect viewport = {0, 0, image.width, image.height};
  mjr_render(viewport, &scene, mjr_->get());
  image.rgb.resize(3 * NumPixels(image.width, image.height));
  mjr_readPixels(image.rgb.data(), nullptr, viewport, mjr_->get());
  CheckGl(*context_, "drawing");
}

void GlRenderer::RenderGeometry(const Snapshot& snapshot, int camera_id, GeometryImage& image) {
  LIBERO_CHECK(image.width > 0 && image.height > 0);
  const size_t num_pixels = NumPixels(image.width, image.height);
  mjvScene& scene = scene_.Update(snapshot, camera_id);

  // geoms by the number that their colour stands for; those that nobody sees have none
  std::vector<const mjvGeom*> geoms(static_cast<size_t>(scene.ngeom), nullptr);
  for (mjvGeom& geom : std::span(scene.geoms, static_cast<size_t>(scene.ngeom))) {
    if (geom.rgba[3] <= 0) geom.segid = -1;
    if (geom.segid >= 0) geoms.at(static_cast<size_t>(geom.segid)) = &geom;
  }

  // colours and depths
  std::vector<uint8_t> colors(3 * num_pixels);
  image.depth.resize(num_pixels);
  {
    const GlContext::Scope scope(*context_);
    mjrContext* mjr = mjr_->get();
    Grow(*context_, image.width, image.height, *mjr);
    const mjrRect viewport = {0, 0, image.width, image.height};
    scene.flags[mjRND_SEGMENT] = scene.flags[mjRND_IDCOLOR] = 1;
    mjr_render(viewport, &scene, mjr);
    scene.flags[mjRND_SEGMENT] = scene.flags[mjRND_IDCOLOR] = 0;
    mjr->readDepthMap = mjDEPTH_ZEROFAR;  // as it is stored; turned round it would lose digits
    mjr_readPixels(colors.data(), image.depth.data(), viewport, mjr);
    CheckGl(*context_, "drawing");
  }

  // ids and metres
  image.object_type.resize(num_pixels);
  image.object_id.resize(num_pixels);
  const mjvGLCamera& camera = scene.camera[0];
  for (size_t i = 0; i < num_pixels; ++i) {
    const uint8_t* color = &colors[3 * i];
    const int number = color[0] + (color[1] << 8) + (color[2] << 16);
    const mjvGeom* geom = number == 0 ? nullptr : geoms.at(static_cast<size_t>(number - 1));
    image.object_type[i] = geom == nullptr ? -1 : geom->objtype;
    image.object_id[i] = geom == nullptr ? -1 : geom->objid;
    image.depth[i] = Distance(image.depth[i], camera.frustum_near, camera.frustum_far);
  }
}

}  // namespace libero
