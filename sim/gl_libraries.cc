#include "sim/gl_libraries.h"

#include <fmt/format.h>

#include <array>

namespace libero {

void* LoadGlLibrary(const char* name) {
  return dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

std::string Text(const char* text) {
  return text == nullptr ? "" : text;
}

GlDriver ReadDriver(GlGetString get_string) {
  const auto text = [&](GLenum name) {
    return Text(reinterpret_cast<const char*>(get_string(name)));
  };
  return {text(GL_VENDOR), text(GL_RENDERER), text(GL_VERSION)};
}

Egl::Egl(void* library) {
  if (library == nullptr) return;
  const auto load = [library](auto& function, const char* name) {
    function = Symbol<std::remove_reference_t<decltype(function)>>(library, name);
  };
  load(get_proc_address, "eglGetProcAddress");
  load(get_error, "eglGetError");
  load(query_string, "eglQueryString");
  load(initialize, "eglInitialize");
  load(terminate, "eglTerminate");
  load(bind_api, "eglBindAPI");
  load(query_api, "eglQueryAPI");
  load(choose_config, "eglChooseConfig");
  load(create_context, "eglCreateContext");
  load(destroy_context, "eglDestroyContext");
  load(create_pbuffer, "eglCreatePbufferSurface");
  load(destroy_surface, "eglDestroySurface");
  load(make_current, "eglMakeCurrent");
  load(release_thread, "eglReleaseThread");
  load(current_display, "eglGetCurrentDisplay");
  load(current_surface, "eglGetCurrentSurface");
  load(current_context, "eglGetCurrentContext");
  if (get_proc_address == nullptr) return;
  query_devices = Extension<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
  device_string = Extension<PFNEGLQUERYDEVICESTRINGEXTPROC>("eglQueryDeviceStringEXT");
  device_attribute = Extension<PFNEGLQUERYDEVICEATTRIBEXTPROC>("eglQueryDeviceAttribEXT");
  platform_display = Extension<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
}

bool Egl::can_draw() const {
  return get_error != nullptr && query_string != nullptr && initialize != nullptr &&
         terminate != nullptr && bind_api != nullptr && query_api != nullptr &&
         choose_config != nullptr && create_context != nullptr && destroy_context != nullptr &&
         create_pbuffer != nullptr && destroy_surface != nullptr && make_current != nullptr &&
         release_thread != nullptr && current_display != nullptr && current_surface != nullptr &&
         current_context != nullptr && platform_display != nullptr;
}

std::vector<EGLDeviceEXT> Egl::Devices() const {
  EGLint num_devices = 0;
  if (query_devices(0, nullptr, &num_devices) != EGL_TRUE || num_devices <= 0) return {};
  std::vector<EGLDeviceEXT> devices(static_cast<size_t>(num_devices));
  if (query_devices(num_devices, devices.data(), &num_devices) != EGL_TRUE) return {};
  devices.resize(static_cast<size_t>(num_devices));
  return devices;
}

std::string Egl::Failed(std::string_view call) const {
  return fmt::format("{} failed (EGL error 0x{:X})", call, get_error());
}

EglContext::EglContext(const Egl& egl, EGLDisplay display) : egl_(egl), display_(display) {
  if (egl.bind_api(EGL_OPENGL_API) != EGL_TRUE) {
    problem_ = egl.Failed("eglBindAPI(OpenGL)");
    return;
  }
  constexpr std::array<EGLint, 5> kAttributes = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT,
                                                 EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint num_configs = 0;
  if (egl.choose_config(display, kAttributes.data(), &config, 1, &num_configs) != EGL_TRUE ||
      num_configs == 0) {
    problem_ = "no configuration for OpenGL";
    return;
  }
  const std::string extensions = Text(egl.query_string(display, EGL_EXTENSIONS));
  if (!HasExtension(extensions, "EGL_KHR_surfaceless_context")) {
    constexpr std::array<EGLint, 5> kSize = {EGL_WIDTH, 1, EGL_HEIGHT, 1, EGL_NONE};
    surface_ = egl.create_pbuffer(display, config, kSize.data());
    if (surface_ == EGL_NO_SURFACE) {
      problem_ = egl.Failed("eglCreatePbufferSurface");
      return;
    }
  }
  context_ = egl.create_context(display, config, EGL_NO_CONTEXT, nullptr);
  if (context_ == EGL_NO_CONTEXT) problem_ = egl.Failed("eglCreateContext");
}

EglContext::~EglContext() {
  if (context_ != EGL_NO_CONTEXT) egl_.destroy_context(display_, context_);
  if (surface_ != EGL_NO_SURFACE) egl_.destroy_surface(display_, surface_);
}

std::string EglContext::MakeCurrent() const {
  // the API is a thread's own, and decides what eglMakeCurrent replaces
  if (egl_.bind_api(EGL_OPENGL_API) != EGL_TRUE) return egl_.Failed("eglBindAPI(OpenGL)");
  if (egl_.make_current(display_, surface_, surface_, context_) == EGL_TRUE) return "";
  return egl_.Failed("eglMakeCurrent");
}

void EglContext::Release() const {
  egl_.make_current(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}

OsMesa::OsMesa() {
  void* handle = nullptr;
  for (const char* name : {"libOSMesa.so.8", "libOSMesa.so.6"}) {
    handle = LoadGlLibrary(name);
    if (handle == nullptr) continue;
    library = name;
    break;
  }
  if (handle == nullptr) {
    problem = "libOSMesa.so.8 not found";
    return;
  }
  create = Symbol<decltype(create)>(handle, "OSMesaCreateContextExt");
  destroy = Symbol<decltype(destroy)>(handle, "OSMesaDestroyContext");
  make_current = Symbol<decltype(make_current)>(handle, "OSMesaMakeCurrent");
  get_proc_address = Symbol<decltype(get_proc_address)>(handle, "OSMesaGetProcAddress");
  if (!create || !destroy || !make_current || !get_proc_address) {
    problem = "the library lacks functions of OSMesa";
  }
}

}  // namespace libero
