#pragma once

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <GL/osmesa.h>
#include <dlfcn.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/gl_devices.h"

// EGL and OSMesa as tables of functions that are loaded at run time. For sim/gl_*.cc alone.
namespace libero {

using GlGetString = const GLubyte* (*)(GLenum name);

// Null if there is no such library. It stays loaded: GL drivers keep threads and exit handlers that
// unloading would break.
void* LoadGlLibrary(const char* name);

template <typename Function>
Function Symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

// "" for null.
std::string Text(const char* text);

// Of the context that is current in this thread.
GlDriver ReadDriver(GlGetString get_string);

// The functions of EGL that are used, null where the library lacks one.
struct Egl {
  static constexpr const char* kLibrary = "libEGL.so.1";

  explicit Egl(void* library);  // may be null: then all functions are

  [[nodiscard]] bool can_list() const {
    return query_devices != nullptr && device_string != nullptr;
  }
  [[nodiscard]] bool can_draw() const;

  // The devices in EGL's order. Needs can_list().
  [[nodiscard]] std::vector<EGLDeviceEXT> Devices() const;

  template <typename Function>
  Function Extension(const char* name) const {
    return reinterpret_cast<Function>(get_proc_address(name));
  }

  // "eglInitialize failed (EGL error 0x3001)"
  [[nodiscard]] std::string Failed(std::string_view call) const;

  decltype(&eglGetProcAddress) get_proc_address = nullptr;
  decltype(&eglGetError) get_error = nullptr;
  decltype(&eglQueryString) query_string = nullptr;
  decltype(&eglInitialize) initialize = nullptr;
  decltype(&eglTerminate) terminate = nullptr;
  decltype(&eglBindAPI) bind_api = nullptr;
  decltype(&eglQueryAPI) query_api = nullptr;
  decltype(&eglChooseConfig) choose_config = nullptr;
  decltype(&eglCreateContext) create_context = nullptr;
  decltype(&eglDestroyContext) destroy_context = nullptr;
  decltype(&eglCreatePbufferSurface) create_pbuffer = nullptr;
  decltype(&eglDestroySurface) destroy_surface = nullptr;
  decltype(&eglMakeCurrent) make_current = nullptr;
  decltype(&eglReleaseThread) release_thread = nullptr;
  decltype(&eglGetCurrentDisplay) current_display = nullptr;
  decltype(&eglGetCurrentSurface) current_surface = nullptr;
  decltype(&eglGetCurrentContext) current_context = nullptr;
  PFNEGLQUERYDEVICESEXTPROC query_devices = nullptr;
  PFNEGLQUERYDEVICESTRINGEXTPROC device_string = nullptr;
  PFNEGLQUERYDEVICEATTRIBEXTPROC device_attribute = nullptr;
  PFNEGLGETPLATFORMDISPLAYEXTPROC platform_display = nullptr;
};

// An OpenGL context of an initialised display, with a surface of 1×1 pixels only if the display
// makes no context current without one. `egl` and the display must outlive it.
class EglContext {
 public:
  // Where problem() is not empty, there is no context.
  EglContext(const Egl& egl, EGLDisplay display);
  ~EglContext();
  EglContext(const EglContext&) = delete;
  EglContext& operator=(const EglContext&) = delete;

  [[nodiscard]] const std::string& problem() const { return problem_; }

  // Makes it this thread's context. Returns "" or why that failed, e.g. because it is another
  // thread's.
  [[nodiscard]] std::string MakeCurrent() const;

  // After this, the thread has no context.
  void Release() const;

 private:
  const Egl& egl_;
  EGLDisplay display_;
  EGLSurface surface_ = EGL_NO_SURFACE;
  EGLContext context_ = EGL_NO_CONTEXT;
  std::string problem_;
};

// The functions of OSMesa that are used, and the file name they come from.
struct OsMesa {
  OsMesa();  // loads the library

  std::string library;  // "" if there is none
  std::string problem;  // why it cannot be used, else ""
  decltype(&OSMesaCreateContextExt) create = nullptr;
  decltype(&OSMesaDestroyContext) destroy = nullptr;
  decltype(&OSMesaMakeCurrent) make_current = nullptr;
  decltype(&OSMesaGetProcAddress) get_proc_address = nullptr;
};

}  // namespace libero
