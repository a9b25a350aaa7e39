#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Finds what can draw with OpenGL without a window, which is EGL devices (GPUs, or Mesa on the CPU)
// and OSMesa (the CPU), and which of them are the GPUs that CUDA computes on. All libraries are
// loaded at run time, so that the program starts without any.
namespace libero {

// How a GL context introduces itself: glGetString of GL_VENDOR, GL_RENDERER and GL_VERSION.
struct GlDriver {
  std::string vendor;
  std::string renderer;
  std::string version;
};

// A device of EGL's list.
struct EglDevice {
  int index = 0;                  // place in EGL's list; NOT the CUDA index, see EglDeviceForCuda
  std::string extensions;         // of the device, separated by blanks
  bool is_software = false;       // Mesa on the CPU
  std::optional<int> cuda_index;  // from EGL_NV_device_cuda; none if the driver does not tell
  std::string drm_path;           // e.g. "/dev/dri/card0"; "" if the driver does not tell

  // known only where contexts were tried
  std::string vendor;  // of the device's display, e.g. "NVIDIA", "Mesa Project"
  std::optional<GlDriver>
      gl;               // of an OpenGL context without a surface; none if there cannot be one
  std::string problem;  // why there is none
};

struct EglSurvey {
  std::vector<EglDevice> devices;  // in EGL's order
  std::string problem;             // why there is no list, e.g. "libEGL.so.1 not found"; else ""
};

struct OsMesaSurvey {
  std::string library;         // the file name that was loaded, "" if none
  std::optional<GlDriver> gl;  // of a context; none if there cannot be one
  std::string problem;         // why there is none
};

struct GlSurvey {
  EglSurvey egl;
  OsMesaSurvey osmesa;
};

// A GPU as the CUDA driver describes it.
struct Gpu {
  std::string name;
  int64_t memory_bytes = 0;
};

struct CudaSurvey {
  bool has_driver = false;     // libcuda.so.1 is there
  std::string problem;         // "" or why no GPU can be used
  std::string cuda_version;    // the newest that the driver supports, e.g. "13.0"
  std::string driver_version;  // e.g. "580.65.06"; "" if the system does not tell
  std::vector<Gpu> gpus;       // by CUDA index
};

// Whether to make (and destroy) a GL context on each device: takes 10–500 ms a device, and for that
// time memory of each GPU.
enum class TryContexts { kNo, kYes };

// Lists the EGL devices from within this process. Nothing is left behind but the loaded libraries,
// which GL drivers do not survive unloading; the calling thread's context stays current. Displays
// are shared by the whole process: with kYes, no other thread may be setting up EGL at the same
// time.
[[nodiscard]] EglSurvey ListEglDevices(TryContexts try_contexts);

// Tries OSMesa from within this process, with a context of 16×16 pixels. The calling thread has no
// OSMesa context afterwards.
[[nodiscard]] OsMesaSurvey TryOsMesa();

// Lists devices and tries contexts in child processes, so that a driver which crashes, hangs (30 s)
// or prints is only a `problem` in the result. Takes 0.1–2 s. See RunInChild.
[[nodiscard]] GlSurvey SurveyGl();

// The GPUs that the CUDA driver shows to this process, or why there are none. Loads libcuda.so.1.
[[nodiscard]] CudaSurvey SurveyCuda();

// The index of the EGL device that is CUDA device `cuda_index`, as this process numbers them (by
// reports, not measured: EGL's answer follows CUDA_VISIBLE_DEVICES as CUDA's numbers do). None if
// no device says so, or if several do: a 2017 driver let GPUs that CUDA_VISIBLE_DEVICES hides claim
// 0.
[[nodiscard]] std::optional<int> EglDeviceForCuda(const std::vector<EglDevice>& devices,
                                                  int cuda_index);

// "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5 Mesa 22.3.6"
[[nodiscard]] std::string Describe(const GlDriver& gl);

// Whether the driver draws on the CPU, as Mesa's do in place of a GPU's that is missing.
[[nodiscard]] bool IsSoftware(const GlDriver& gl);

// True if `name` is one of the blank-separated words of `extensions`; a part of a word is not.
[[nodiscard]] bool HasExtension(std::string_view extensions, std::string_view name);

struct ChildResult {
  std::string text;     // what `work` returned
  std::string problem;  // "" or why there is no text, e.g. "the driver crashed (SIGSEGV)"
};

// Calls `work` in a child process whose output goes nowhere, and kills it after `limit_s` seconds.
// An exception's message becomes the problem. To be called before the process has threads that hold
// locks which `work` needs.
[[nodiscard]] ChildResult RunInChild(const std::function<std::string()>& work, unsigned limit_s);

}  // namespace libero
