#include "sim/gl_devices.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>

#include "sim/gl_libraries.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::json;

constexpr unsigned kDriverLimitS = 30;
constexpr int kNoDevice = -1;
constexpr int kAllDevices = -2;

// Notes what is current in this thread, and makes it current again at the end.
class CurrentState {
 public:
  explicit CurrentState(const Egl& egl)
      : egl_(egl),
        api_(egl.query_api()),
        display_(egl.current_display()),
        draw_(egl.current_surface(EGL_DRAW)),
        read_(egl.current_surface(EGL_READ)),
        context_(egl.current_context()) {}
  ~CurrentState() {
    if (api_ != EGL_NONE) egl_.bind_api(api_);
    if (context_ != EGL_NO_CONTEXT) egl_.make_current(display_, draw_, read_, context_);
  }
  CurrentState(const CurrentState&) = delete;
  CurrentState& operator=(const CurrentState&) = delete;

 private:
  const Egl& egl_;
  EGLenum api_;
  EGLDisplay display_;
  EGLSurface draw_;
  EGLSurface read_;
  EGLContext context_;
};

// A display for the time of a trial. A display is the same for the whole process, so one that
// somebody has initialised before is left initialised.
class TrialDisplay {
 public:
  TrialDisplay(const Egl& egl, EGLDeviceEXT device)
      : egl_(egl), display_(egl.platform_display(EGL_PLATFORM_DEVICE_EXT, device, nullptr)) {
    if (display_ == EGL_NO_DISPLAY) {
      problem_ = egl.Failed("eglGetPlatformDisplay");
      return;
    }
    if (egl.query_string(display_, EGL_VENDOR) != nullptr) return;
    owns_ = egl.initialize(display_, nullptr, nullptr) == EGL_TRUE;
    if (!owns_) problem_ = egl.Failed("eglInitialize");
  }
  ~TrialDisplay() {
    if (owns_) egl_.terminate(display_);
  }
  TrialDisplay(const TrialDisplay&) = delete;
  TrialDisplay& operator=(const TrialDisplay&) = delete;

  [[nodiscard]] EGLDisplay get() const { return display_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const Egl& egl_;
  EGLDisplay display_;
  bool owns_ = false;
  std::string problem_;
};

void TryDevice(const Egl& egl, EGLDeviceEXT handle, EglDevice& device) {
  const TrialDisplay display(egl, handle);
  device.problem = display.problem();
  if (!device.problem.empty()) return;
  device.vendor = Text(egl.query_string(display.get(), EGL_VENDOR));
  const EglContext context(egl, display.get());
  device.problem = context.problem();
  if (device.problem.empty()) device.problem = context.MakeCurrent();
  if (!device.problem.empty()) return;
  const auto get_string = egl.Extension<GlGetString>("glGetString");
  if (get_string == nullptr || get_string(GL_VERSION) == nullptr) {
    device.problem = "the context has no glGetString";
  } else {
    device.gl = ReadDriver(get_string);
  }
  context.Release();
}

EglDevice DescribeDevice(const Egl& egl, EGLDeviceEXT handle, int index) {
  EglDevice device;
  device.index = index;
  device.extensions = Text(egl.device_string(handle, EGL_EXTENSIONS));
  device.is_software = HasExtension(device.extensions, "EGL_MESA_device_software");
  if (HasExtension(device.extensions, "EGL_EXT_device_drm")) {
    device.drm_path = Text(egl.device_string(handle, EGL_DRM_DEVICE_FILE_EXT));
  }
  if (HasExtension(device.extensions, "EGL_NV_device_cuda") && egl.device_attribute != nullptr) {
    EGLAttrib cuda_index = -1;
    if (egl.device_attribute(handle, EGL_CUDA_DEVICE_NV, &cuda_index) == EGL_TRUE &&
        cuda_index >= 0) {
      device.cuda_index = static_cast<int>(cuda_index);
    }
  }
  return device;
}

// CUDA: what is used of its driver, declared here so that the program builds without CUDA

std::string CudaErrorName(void* library, int error) {
  using GetErrorName = int (*)(int, const char**);
  const auto get_name = reinterpret_cast<GetErrorName>(dlsym(library, "cuGetErrorName"));
  const char* name = nullptr;
  if (get_name != nullptr && get_name(error, &name) == 0 && name != nullptr) return name;
  return fmt::format("error {}", error);
}

std::optional<Gpu> DescribeGpu(void* library, int index) {
  using DeviceGet = int (*)(int*, int);
  using DeviceGetName = int (*)(char*, int, int);
  using DeviceTotalMem = int (*)(size_t*, int);
  const auto get = reinterpret_cast<DeviceGet>(dlsym(library, "cuDeviceGet"));
  const auto get_name = reinterpret_cast<DeviceGetName>(dlsym(library, "cuDeviceGetName"));
  const auto total_mem = reinterpret_cast<DeviceTotalMem>(dlsym(library, "cuDeviceTotalMem_v2"));
  int device = 0;
  if (get == nullptr || get(&device, index) != 0) return std::nullopt;
  std::array<char, 256> name{};
  size_t memory_bytes = 0;
  if (get_name != nullptr) get_name(name.data(), static_cast<int>(name.size()) - 1, device);
  if (total_mem != nullptr) total_mem(&memory_bytes, device);
  return Gpu{name.data(), static_cast<int64_t>(memory_bytes)};
}

// Lists the devices, and tries contexts on all, none, or the one of that index.
EglSurvey List(int tried_index) {
  EglSurvey survey;
  void* library = LoadGlLibrary(Egl::kLibrary);
  if (library == nullptr) {
    survey.problem = fmt::format("{} not found", Egl::kLibrary);
    return survey;
  }
  const Egl egl(library);
  if (!egl.can_list()) {
    survey.problem = "this EGL library cannot list devices (EGL_EXT_device_enumeration)";
    return survey;
  }
  const std::vector<EGLDeviceEXT> handles = egl.Devices();
  for (const EGLDeviceEXT handle : handles) {
    survey.devices.push_back(DescribeDevice(egl, handle, static_cast<int>(survey.devices.size())));
  }
  for (EglDevice& device : survey.devices) {
    if (tried_index != kAllDevices && tried_index != device.index) continue;
    if (egl.can_draw()) {
      const CurrentState state(egl);
      TryDevice(egl, handles[static_cast<size_t>(device.index)], device);
    } else {
      device.problem = "this EGL library cannot open devices (EGL_EXT_platform_base)";
    }
  }
  return survey;
}

// surveys as JSON, to come back from a child process

Json ToJson(const std::optional<GlDriver>& gl) {
  if (!gl) return nullptr;
  return {{"vendor", gl->vendor}, {"renderer", gl->renderer}, {"version", gl->version}};
}

std::optional<GlDriver> DriverFromJson(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return GlDriver{json.at("vendor"), json.at("renderer"), json.at("version")};
}

Json ToJson(const EglSurvey& survey) {
  Json devices = Json::array();
  for (const EglDevice& device : survey.devices) {
    devices.push_back({{"index", device.index},
                       {"extensions", device.extensions},
                       {"is_software", device.is_software},
                       {"cuda_index", device.cuda_index ? Json(*device.cuda_index) : Json()},
                       {"drm_path", device.drm_path},
                       {"vendor", device.vendor},
                       {"gl", ToJson(device.gl)},
                       {"problem", device.problem}});
  }
  return {{"devices", devices}, {"problem", survey.problem}};
}

EglSurvey EglFromJson(const Json& json) {
  EglSurvey survey;
  survey.problem = json.at("problem");
  for (const Json& entry : json.at("devices")) {
    EglDevice& device = survey.devices.emplace_back();
    device.index = entry.at("index");
    device.extensions = entry.at("extensions");
    device.is_software = entry.at("is_software");
    if (!entry.at("cuda_index").is_null()) device.cuda_index = entry.at("cuda_index").get<int>();
    device.drm_path = entry.at("drm_path");
    device.vendor = entry.at("vendor");
    device.gl = DriverFromJson(entry.at("gl"));
    device.problem = entry.at("problem");
  }
  return survey;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);  // drivers need not speak UTF-8
}

EglSurvey ListInChild(int tried_index) {
  const ChildResult result =
      RunInChild([tried_index] { return Dump(ToJson(List(tried_index))); }, kDriverLimitS);
  if (!result.problem.empty()) return {.problem = result.problem};
  return EglFromJson(Json::parse(result.text));
}

// All devices in one child process; if that fails, each in its own, to find out which is to blame.
EglSurvey SurveyEgl() {
  EglSurvey survey = ListInChild(kAllDevices);
  if (survey.problem.empty()) return survey;
  EglSurvey names = ListInChild(kNoDevice);
  for (EglDevice& device : names.devices) {
    EglSurvey alone = ListInChild(device.index);
    if (alone.devices.size() == names.devices.size()) {
      device = alone.devices[static_cast<size_t>(device.index)];
    } else {
      device.problem = alone.problem;
    }
  }
  return names.devices.empty() ? survey : names;
}

// The child's part of RunInChild.
[[noreturn]] void WorkAndExit(const std::function<std::string()>& work, unsigned limit_s,
                              int pipe_end) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
  }
  std::signal(SIGALRM, SIG_DFL);
  alarm(limit_s);
  std::string message;
  try {
    message = "+" + work();
  } catch (const std::exception& error) {
    message = std::string("-") + error.what();
  }
  for (size_t sent = 0; sent < message.size();) {
    const ssize_t count = write(pipe_end, message.data() + sent, message.size() - sent);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) sent += static_cast<size_t>(count);
  }
  _exit(0);  // no exit handlers: they belong to the parent
}

std::string ReadAll(int pipe_end) {
  std::string message;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t count = read(pipe_end, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return message;
    message.append(block.data(), static_cast<size_t>(count));
  }
}

std::string EndOfChild(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "the driver does not answer";
  if (WIFSIGNALED(status)) {
    return fmt::format("the driver crashed (SIG{})", Text(sigabbrev_np(WTERMSIG(status))));
  }
  return fmt::format("the driver ended the program (exit status {})", WEXITSTATUS(status));
}

}  // namespace

EglSurvey ListEglDevices(TryContexts try_contexts) {
  return List(try_contexts == TryContexts::kYes ? kAllDevices : kNoDevice);
}

OsMesaSurvey TryOsMesa() {
  OsMesaSurvey survey;
  const OsMesa osmesa;
  survey.library = osmesa.library;
  survey.problem = osmesa.problem;
  if (!survey.problem.empty()) return survey;
  constexpr int kSize = 16;
  std::array<uint8_t, 4 * kSize * kSize> pixels{};
  const std::unique_ptr<osmesa_context, decltype(osmesa.destroy)> context(
      osmesa.create(GL_RGBA, 24, 8, 0, nullptr), osmesa.destroy);
  if (context == nullptr || osmesa.make_current(context.get(), pixels.data(), GL_UNSIGNED_BYTE,
                                                kSize, kSize) != GL_TRUE) {
    survey.problem = "no context can be made";
    return survey;
  }
  const auto get_string = reinterpret_cast<GlGetString>(osmesa.get_proc_address("glGetString"));
  if (get_string == nullptr || get_string(GL_VERSION) == nullptr) {
    survey.problem = "the context has no glGetString";
  } else {
    survey.gl = ReadDriver(get_string);
  }
  osmesa.make_current(nullptr, nullptr, 0, 0, 0);
  return survey;
}

GlSurvey SurveyGl() {
  GlSurvey survey;
  survey.egl = SurveyEgl();
  const ChildResult osmesa = RunInChild(
      [] {
        const OsMesaSurvey found = TryOsMesa();
        return Dump(
            {{"library", found.library}, {"gl", ToJson(found.gl)}, {"problem", found.problem}});
      },
      kDriverLimitS);
  if (osmesa.problem.empty()) {
    const Json json = Json::parse(osmesa.text);
    survey.osmesa = {json.at("library"), DriverFromJson(json.at("gl")), json.at("problem")};
  } else {
    survey.osmesa.problem = osmesa.problem;
  }
  return survey;
}

CudaSurvey SurveyCuda() {
  CudaSurvey survey;
  void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    survey.problem = "no NVIDIA driver (libcuda.so.1)";
    return survey;
  }
  survey.has_driver = true;
  using Init = int (*)(unsigned);
  using GetNumber = int (*)(int*);
  const auto init = reinterpret_cast<Init>(dlsym(library, "cuInit"));
  const auto get_version = reinterpret_cast<GetNumber>(dlsym(library, "cuDriverGetVersion"));
  const auto get_count = reinterpret_cast<GetNumber>(dlsym(library, "cuDeviceGetCount"));
  if (init == nullptr || get_version == nullptr || get_count == nullptr) {
    survey.problem = "libcuda.so.1 lacks functions of the CUDA driver";
    return survey;
  }
  int number = 0;
  if (const int error = init(0); error != 0) {
    survey.problem = fmt::format("no usable GPU ({})", CudaErrorName(library, error));
    return survey;
  }
  if (get_version(&number) == 0) {
    survey.cuda_version = fmt::format("{}.{}", number / 1000, number % 1000 / 10);
  }
  std::ifstream("/sys/module/nvidia/version") >> survey.driver_version;
  int num_gpus = 0;
  if (get_count(&num_gpus) != 0) num_gpus = 0;
  for (int i = 0; i < num_gpus; ++i) {
    survey.gpus.push_back(DescribeGpu(library, i).value_or(Gpu{"unknown", 0}));
  }
  if (num_gpus == 0) survey.problem = "the NVIDIA driver shows no GPU";
  return survey;
}

std::optional<int> EglDeviceForCuda(const std::vector<EglDevice>& devices, int cuda_index) {
  std::optional<int> found;
  for (const EglDevice& device : devices) {
    if (device.cuda_index != cuda_index) continue;
    if (found) return std::nullopt;
    found = device.index;
  }
  return found;
}

bool IsSoftware(const GlDriver& gl) {
  constexpr std::array<std::string_view, 4> kNames = {"llvmpipe", "softpipe", "swrast",
                                                      "SwiftShader"};
  return std::ranges::any_of(
      kNames, [&](std::string_view name) { return gl.renderer.find(name) != std::string::npos; });
}

std::string Describe(const GlDriver& gl) {
  std::string version = gl.version;
  constexpr std::string_view kProfile = "(Compatibility Profile) ";
  const size_t at = version.find(kProfile);
  if (at != std::string::npos) version.erase(at, kProfile.size());
  return fmt::format("{}, OpenGL {}", gl.renderer, version);
}

bool HasExtension(std::string_view extensions, std::string_view name) {
  for (size_t at = extensions.find(name); at != std::string_view::npos && !name.empty();
       at = extensions.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool starts = at == 0 || extensions[at - 1] == ' ';
    if (starts && (end == extensions.size() || extensions[end] == ' ')) return true;
  }
  return false;
}

ChildResult RunInChild(const std::function<std::string()>& work, unsigned limit_s) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {"", "no pipe to a child process"};
  const pid_t child = fork();
  if (child == 0) WorkAndExit(work, limit_s, ends[1]);
  close(ends[1]);
  std::string message;
  if (child > 0) message = ReadAll(ends[0]);
  close(ends[0]);
  if (child < 0) return {"", "no child process can be started"};

  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || message.empty()) {
    return {"", EndOfChild(status)};
  }
  const std::string text = message.substr(1);
  return message[0] == '+' ? ChildResult{text, ""} : ChildResult{"", text};
}

}  // namespace libero
