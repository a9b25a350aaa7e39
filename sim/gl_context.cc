#include "sim/gl_context.h"

#include <fmt/format.h>

#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/gl_libraries.h"

namespace libero {
namespace {

constexpr const char* kDoctorHint = "'libero doctor' says what this machine can draw with";

class EglGlContext final : public GlContext {
 public:
  EglGlContext(const Egl& egl, EGLDisplay display, int device_index)
      : GlContext(GlLibrary::kEgl, fmt::format("EGL device {}", device_index)),
        egl_(egl),
        context_(std::make_unique<EglContext>(egl_, display)) {
    if (!context_->problem().empty()) throw Error(context_->problem());
    Introduce();
  }
  ~EglGlContext() override {
    context_.reset();
    // what EGL keeps for a thread goes too, unless the thread draws with something else
    if (egl_.current_context() == EGL_NO_CONTEXT) egl_.release_thread();
  }
  [[nodiscard]] void* GetProcAddress(const char* name) const override {
    return egl_.Extension<void*>(name);
  }

 private:
  void MakeCurrent() override {
    const std::string problem = context_->MakeCurrent();
    if (!problem.empty()) throw Error(problem + "; may another thread be using the context?");
  }
  void Release() override { context_->Release(); }

  Egl egl_;
  std::unique_ptr<EglContext> context_;
};

class OsMesaGlContext final : public GlContext {
 public:
  explicit OsMesaGlContext(const OsMesa& osmesa)
      : GlContext(GlLibrary::kOsMesa, "OSMesa"),
        osmesa_(osmesa),
        context_(osmesa.create(GL_RGBA, 24, 8, 0, nullptr), osmesa.destroy) {
    if (context_ == nullptr) throw Error("OSMesa makes no context");
    Introduce();
  }
  [[nodiscard]] void* GetProcAddress(const char* name) const override {
    return reinterpret_cast<void*>(osmesa_.get_proc_address(name));
  }

 private:
  void MakeCurrent() override {
    if (osmesa_.make_current(context_.get(), window_.data(), GL_UNSIGNED_BYTE, 1, 1) != GL_TRUE) {
      throw Error("OSMesaMakeCurrent failed");
    }
  }
  void Release() override { osmesa_.make_current(nullptr, nullptr, 0, 0, 0); }

  OsMesa osmesa_;
  std::array<uint8_t, 4> window_{};  // OSMesa takes no context without a picture to draw into
  std::unique_ptr<osmesa_context, decltype(OsMesa::destroy)> context_;
};

Egl LoadEgl() {
  void* library = LoadGlLibrary(Egl::kLibrary);
  if (library == nullptr) throw Error(fmt::format("{} not found", Egl::kLibrary), kDoctorHint);
  const Egl egl(library);
  if (!egl.can_list() || !egl.can_draw()) {
    throw Error(
        "this EGL library cannot open devices (EGL_EXT_device_enumeration, "
        "EGL_EXT_platform_base)",
        kDoctorHint);
  }
  return egl;
}

// The display of a device, the same each time, left open for the rest of the process: to close it
// would take it from all contexts of the process.
EGLDisplay OpenDisplay(const Egl& egl, EGLDeviceEXT device) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  EGLDisplay display = egl.platform_display(EGL_PLATFORM_DEVICE_EXT, device, nullptr);
  if (display == EGL_NO_DISPLAY) throw Error(egl.Failed("eglGetPlatformDisplay"));
  if (egl.initialize(display, nullptr, nullptr) != EGL_TRUE) {
    throw Error(egl.Failed("eglInitialize"));
  }
  return display;
}

// "0 (CUDA device 1), 1 (the CPU)"
std::string Describe(const std::vector<EglDevice>& devices) {
  if (devices.empty()) return "no device";
  std::vector<std::string> texts;
  for (const EglDevice& device : devices) {
    const std::string what = device.is_software  ? "the CPU"
                             : device.cuda_index ? fmt::format("CUDA device {}", *device.cuda_index)
                             : !device.drm_path.empty() ? device.drm_path
                                                        : "unknown";
    texts.push_back(fmt::format("device {} ({})", device.index, what));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The function by which MuJoCo 3.3.2 finds OpenGL's: the first that the program and the libraries
// it shares with all others have, else one of the libraries that happen to be loaded.
// source: google-deepmind/mujoco@3.3.2:src/render/glad/glad.c (mjGlad_open_gl)
using ProcLoader = void* (*)(const char* name);
ProcLoader FindMujocoLoader() {
  void* everywhere = dlopen(nullptr, RTLD_NOW);
  for (const char* name : {"eglGetProcAddress", "OSMesaGetProcAddress", "glXGetProcAddressARB"}) {
    const auto loader = Symbol<ProcLoader>(everywhere, name);
    if (loader != nullptr) return loader;
  }
  return nullptr;
}

const char* LibraryFile(const GlContext& context) {
  if (context.library() == GlLibrary::kEgl) return Egl::kLibrary;
  static const std::string osmesa = OsMesa().library;
  return osmesa.c_str();
}

// How the functions that MuJoCo uses introduce the current context; all empty if they do not see
// it. The first call decides for the process.
GlDriver DriverThatMujocoSees(const GlContext& context) {
  static const ProcLoader loader = [&] {
    dlopen(LibraryFile(context), RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    return FindMujocoLoader();
  }();
  LIBERO_CHECK(loader != nullptr);
  const auto get_string = reinterpret_cast<GlGetString>(loader("glGetString"));
  return get_string == nullptr ? GlDriver{} : ReadDriver(get_string);
}

}  // namespace

GlContext::Scope::Scope(GlContext& context) : context_(&context) {
  context_->MakeCurrent();
}

GlContext::Scope::~Scope() {
  context_->Release();
}

std::string GlContext::description() const {
  return fmt::format("{}, {}", place_, Describe(driver_));
}

void GlContext::Introduce() {
  const Scope scope(*this);
  const auto get_string = Get<GlGetString>("glGetString");
  if (get_string == nullptr || get_string(GL_VERSION) == nullptr) {
    throw Error("the context has no glGetString");
  }
  driver_ = ReadDriver(get_string);
}

std::unique_ptr<GlContext> MakeEglContext(std::optional<int> egl_device) {
  const Egl egl = LoadEgl();
  const std::vector<EGLDeviceEXT> devices = egl.Devices();
  const int num_devices = static_cast<int>(devices.size());
  if (egl_device && (*egl_device < 0 || *egl_device >= num_devices)) {
    throw Error(fmt::format("no EGL device {}: EGL has {}", *egl_device,
                            Describe(ListEglDevices(TryContexts::kNo).devices)),
                kDoctorHint);
  }
  std::string problems;
  for (int i = egl_device.value_or(0); i < (egl_device ? *egl_device + 1 : num_devices); ++i) {
    try {
      return std::make_unique<EglGlContext>(egl, OpenDisplay(egl, devices[static_cast<size_t>(i)]),
                                            i);
    } catch (const Error& error) {
      problems += fmt::format("; device {}: {}", i, error.what());
    }
  }
  if (num_devices == 0) problems = "; EGL lists no device";
  throw Error("no OpenGL through EGL" + problems, kDoctorHint);
}

int FindEglDeviceForCuda(int cuda_index) {
  const EglSurvey survey = ListEglDevices(TryContexts::kNo);
  const std::optional<int> egl_device = EglDeviceForCuda(survey.devices, cuda_index);
  if (egl_device) return *egl_device;
  throw Error(fmt::format("EGL has no CUDA device {}: it has {}", cuda_index,
                          survey.problem.empty() ? Describe(survey.devices) : survey.problem),
              kDoctorHint);
}

std::unique_ptr<GlContext> MakeOsMesaContext() {
  const OsMesa osmesa;
  if (!osmesa.problem.empty()) throw Error("no OSMesa: " + osmesa.problem, kDoctorHint);
  return std::make_unique<OsMesaGlContext>(osmesa);
}

void BindMujocoTo(const GlContext& context) {
  const GlDriver seen = DriverThatMujocoSees(context);
  if (seen.version != context.driver().version || seen.renderer != context.driver().renderer) {
    throw Error(fmt::format("MuJoCo already draws with another OpenGL library in this process, "
                            "which does not see {}",
                            context.description()),
                "use one of egl and osmesa in one process");
  }
  const auto get_string = context.Get<GlGetString>("glGetString");
  const std::string extensions = Text(reinterpret_cast<const char*>(get_string(GL_EXTENSIONS)));
  for (const char* name : {"GL_ARB_framebuffer_object", "GL_ARB_vertex_buffer_object"}) {
    if (HasExtension(extensions, name)) continue;
    throw Error(fmt::format("{} lacks {}, which MuJoCo draws with", context.description(), name),
                kDoctorHint);
  }
}

}  // namespace libero
