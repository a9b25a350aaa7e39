#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/gl_devices.h"

namespace libero {

enum class GlLibrary { kEgl, kOsMesa };

// An OpenGL context (compatibility profile) without a window: what drawing into framebuffer objects
// needs. It shares nothing with other contexts but EGL's display, which is the whole process's and
// stays open until the process ends. May be used by one thread after another. Destroy it while no
// thread has it current; what was made in it goes with it.
//
// Memory: 1,000 contexts made and destroyed leave no thread and no file descriptor behind; memory
// as sim/README.md says.
class GlContext {
 public:
  virtual ~GlContext() = default;
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  // Makes the context this thread's until the scope ends; then the thread has none. Contexts do not
  // nest, and what else was current in this thread before, a window's context say, is not any more.
  // Some µs. Throws Error if the driver refuses, e.g. because another thread uses the context.
  class [[nodiscard]] Scope {
   public:
    explicit Scope(GlContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    GlContext* context_;
  };

  [[nodiscard]] GlLibrary library() const { return library_; }
  [[nodiscard]] const GlDriver& driver() const { return driver_; }

  // "OSMesa, llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5 Mesa 22.3.6"; for EGL it starts with
  // "EGL device 0, ".
  [[nodiscard]] std::string description() const;

  // A function of OpenGL; null if the library has none of that name. It works on the context that
  // is current in the calling thread.
  [[nodiscard]] virtual void* GetProcAddress(const char* name) const = 0;
  template <typename Function>
  [[nodiscard]] Function Get(const char* name) const {
    return reinterpret_cast<Function>(GetProcAddress(name));
  }

 protected:
  GlContext(GlLibrary library, std::string place) : library_(library), place_(std::move(place)) {}

  // Reads how the driver introduces itself; to be called at the end of construction. Throws Error
  // if there is no usable OpenGL behind the context.
  void Introduce();

 private:
  virtual void MakeCurrent() = 0;  // throws Error
  virtual void Release() = 0;

  GlLibrary library_;
  std::string place_;  // "OSMesa", "EGL device 0"
  GlDriver driver_;
};

// A context on that device of EGL's list, or on the first on which one can be made (drivers of GPUs
// list them before Mesa's software device). 1–500 ms. Throws Error that says what EGL offers if
// there is none. May be called by several threads at once; not while another makes trials with
// ListEglDevices.
std::unique_ptr<GlContext> MakeEglContext(std::optional<int> egl_device = std::nullopt);

// The index of the EGL device that is CUDA device `cuda_index`: see EglDeviceForCuda. Makes no
// context. Throws Error that says what EGL offers if there is none.
int FindEglDeviceForCuda(int cuda_index);

// A context of OSMesa, which draws on the CPU. 1–20 ms. Throws Error if the library is missing. May
// be called by several threads at once.
std::unique_ptr<GlContext> MakeOsMesaContext();

// Prepares MuJoCo's mjr_ functions for this context, which must be current; to be called before
// mjr_makeContext. MuJoCo looks its OpenGL functions up once in a process, in the library that it
// finds loaded; this call makes that the context's library. In one process, contexts of
//  * EGL go with one another, and with windows (GLX, EGL) where libglvnd dispatches;
//  * OSMesa go with one another, and with EGL contexts of the same Mesa made after them.
// Throws Error if MuJoCo already uses functions that do not see this context, or if they lack what
// MuJoCo requires (OpenGL 1.5, framebuffer and vertex buffer objects), where it would end the
// process.
void BindMujocoTo(const GlContext& context);

}  // namespace libero
