#include "sim/doctor.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "sim/assets.h"
#include "sim/base/check.h"
#include "sim/base/paths.h"
#include "sim/model.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Status = ReportEntry::Status;

constexpr size_t kMaxFilesNamed = 3;

std::string ReadText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string Trim(const std::string& text) {
  const size_t start = text.find_first_not_of(" \t\n");
  if (start == std::string::npos) return "";
  return text.substr(start, text.find_last_not_of(" \t\n") - start + 1);
}

// The value of the first line "key : value" or "key=value"; "" if there is none.
std::string FindValue(const std::string& text, std::string_view key, char separator) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find(separator);
    if (at != std::string::npos && Trim(line.substr(0, at)) == key)
      return Trim(line.substr(at + 1));
  }
  return "";
}

// "1 file", "2 files"
std::string Count(int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

// Quotes a path for a shell if it needs that.
std::string Quoted(const fs::path& path) {
  std::string text = path.string();
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string AptInstall(const Machine& machine, std::string_view packages) {
  return fmt::format("{}apt-get install -y --no-install-recommends {}",
                     machine.is_root ? "" : "sudo ", packages);
}

// An Error's text as message and hint.
std::pair<std::string, std::string> SplitHint(const std::string& what) {
  constexpr std::string_view kMark = "\n  hint: ";
  const size_t at = what.find(kMark);
  if (at == std::string::npos) return {what, ""};
  return {what.substr(0, at), what.substr(at + kMark.size())};
}

// Adds entries of one section.
class Section {
 public:
  Section(std::string name, SystemReport& report) : name_(std::move(name)), report_(report) {}
  void Ok(const std::string& name, const std::string& value) { Add(name, value, Status::kOk, ""); }
  void Add(const std::string& name, const std::string& value, Status status,
           const std::string& fix) {
    report_.entries.push_back({name_, name, value, status, fix});
  }

 private:
  std::string name_;
  SystemReport& report_;
};

// program

void ReportProgram(const DoctorOptions& options, SystemReport& report) {
  Section section("program", report);
  section.Ok("libero", fmt::format("{}, {} build", options.version, options.build_type));
#ifdef __clang__
  section.Ok("compiler", __VERSION__);
#else
  section.Ok("compiler", "GCC " __VERSION__);
#endif
  section.Ok("glibc", gnu_get_libc_version());
  Dl_info library{};  // where the MuJoCo that runs was loaded from
  const bool is_known = dladdr(reinterpret_cast<const void*>(&mj_version), &library) != 0;
  const std::string found = fmt::format("{} from {}", MujocoVersionName(options.mujoco_version),
                                        is_known ? library.dli_fname : "an unknown place");
  try {
    RequireMujocoVersion(options.mujoco_version);
    section.Ok("MuJoCo", found);
  } catch (const Error& error) {
    // the headers come with the pinned library
    section.Add("MuJoCo",
                fmt::format("{}; {} is needed, others simulate and draw LIBERO differently", found,
                            MujocoVersionName(mjVERSION_HEADER)),
                Status::kProblem, SplitHint(error.what()).second);
  }
}

// machine

int NumUsableCores() {
  cpu_set_t cores;
  const bool is_known = sched_getaffinity(0, sizeof(cores), &cores) == 0;
  return is_known ? CPU_COUNT(&cores) : static_cast<int>(std::thread::hardware_concurrency());
}

void ReportMachine(const Machine& machine, SystemReport& report) {
  Section section("machine", report);
  section.Ok("system", fmt::format("{}, {}", machine.system, machine.kernel));
  std::string cpu = machine.cpu.model.empty() ? "unknown model" : machine.cpu.model;
  cpu += ", " + Count(machine.num_cores, "core");
  if (!machine.cpu.simd.empty()) cpu += fmt::format(", {}", fmt::join(machine.cpu.simd, " "));
  section.Ok("CPU", cpu);
  section.Ok("memory", fmt::format("{}, {} available", FormatBytes(machine.memory.total_bytes),
                                   FormatBytes(machine.memory.available_bytes)));
}

// GPUs

void ReportGpus(const Machine& machine, SystemReport& report) {
  Section section("GPU", report);
  const CudaSurvey& cuda = machine.cuda;
  if (!cuda.problem.empty()) {
    section.Add("CUDA", cuda.problem + ": networks run on the CPU", Status::kNote,
                cuda.has_driver ? "run nvidia-smi, which says more; after an update of the driver, "
                                  "restart the machine"
                                : "");
    return;
  }
  section.Ok("CUDA", cuda.driver_version.empty()
                         ? cuda.cuda_version
                         : fmt::format("{}, driver {}", cuda.cuda_version, cuda.driver_version));
  for (size_t i = 0; i < cuda.gpus.size(); ++i) {
    const Gpu& gpu = cuda.gpus[i];
    const std::string name = fmt::format("GPU {}", i);
    const std::string value = fmt::format("{}, {}", gpu.name, FormatBytes(gpu.memory_bytes));
    const auto egl_index = EglDeviceForCuda(machine.gl.egl.devices, static_cast<int>(i));
    if (!egl_index) {
      section.Add(name, value + ", no EGL device: cannot draw images", Status::kNote,
                  "install the OpenGL part of the NVIDIA driver (Debian: libegl-nvidia0; Ubuntu: "
                  "libnvidia-gl-VERSION), or start the container with "
                  "NVIDIA_DRIVER_CAPABILITIES=all");
    } else {
      section.Ok(name, fmt::format("{}, EGL device {}", value, *egl_index));
    }
  }
}

// OpenGL

void ReportEglDevice(const EglDevice& device, Status failed, const Machine& machine,
                     Section& section) {
  const std::string name = fmt::format("EGL device {}", device.index);
  std::string place;
  if (device.cuda_index) place = fmt::format(" (GPU {})", *device.cuda_index);
  if (device.is_software) place = " (on the CPU)";
  if (device.gl) {
    section.Ok(name, Describe(*device.gl) + place);
    return;
  }
  std::string fix;
  if (device.is_software) {
    fix = AptInstall(machine, "libgl1-mesa-dri");
  } else if (!device.drm_path.empty() && !machine.is_root) {
    fix = "sudo usermod -aG render,video \"$USER\", then log in again";
  } else {
    fix = "install the graphics driver again, in the version of its kernel module";
  }
  section.Add(name, fmt::format("cannot draw{}: {}", place, device.problem), failed, fix);
}

void ReportGl(const Machine& machine, SystemReport& report) {
  Section section("OpenGL", report);
  const GlSurvey& gl = machine.gl;
  constexpr Status failed = Status::kNote;  // the CPU renderer draws without
  if (gl.egl.devices.empty()) {
    section.Add("EGL", gl.egl.problem.empty() ? "no device" : gl.egl.problem, failed,
                AptInstall(machine, "libegl1 libgl1 libgl1-mesa-dri"));
  }
  for (const EglDevice& device : gl.egl.devices) ReportEglDevice(device, failed, machine, section);
  if (gl.osmesa.gl) {
    section.Ok("OSMesa", Describe(*gl.osmesa.gl) + " (on the CPU)");
  } else {
    section.Add("OSMesa", gl.osmesa.problem, failed, AptInstall(machine, "libosmesa6"));
  }
  const auto gpu = std::ranges::find_if(gl.egl.devices, [](const EglDevice& device) {
    return !device.is_software && device.gl && !IsSoftware(*device.gl);
  });
  section.Ok("--renderer auto", gpu == gl.egl.devices.end()
                                    ? "cpu: no GPU draws here"
                                    : fmt::format("egl: EGL device {}", gpu->index));
}

// data

// "" if the path is a folder that can be listed, else what it is instead.
std::string FolderProblem(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return fs::is_symlink(fs::symlink_status(path, error)) ? "is a broken link" : "is missing";
  }
  if (!fs::is_directory(path, error)) return "is not a folder";
  const fs::directory_iterator listing(path, error);
  return error ? "cannot be read: " + error.message() : "";
}

// "" if the path is a file with bytes that can be read, else what it is instead.
std::string FileProblem(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return fs::is_symlink(fs::symlink_status(path, error)) ? "broken link" : "missing";
  }
  if (!fs::is_regular_file(status)) return "not a file";
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return "unreadable";
  return stream.get() == std::ifstream::traits_type::eof() ? "empty" : "";
}

struct FolderSize {
  int64_t num_files = 0;
  int64_t num_bytes = 0;
};

// Files at any depth, of one extension ("": all). What cannot be read is left out.
FolderSize Measure(const fs::path& folder, std::string_view extension) {
  FolderSize size;
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::follow_directory_symlink |
                            fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(folder, kOptions, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code entry_error;
    if (!it->is_regular_file(entry_error)) continue;
    if (!extension.empty() && it->path().extension() != extension) continue;
    const auto bytes = it->file_size(entry_error);
    ++size.num_files;
    if (!entry_error) size.num_bytes += static_cast<int64_t>(bytes);
  }
  return size;
}

// What brings back a folder of the data root.
std::string FixData(const fs::path& data_root, const std::string& folder) {
  if (data_root.filename() != ".deps") {
    return fmt::format("copy or export {} again, or unset LIBERO_DATA", Quoted(data_root));
  }
  // the set-up fills only folders that it has not marked as complete, from a cache that it checks
  return fmt::format("cd {} && rm -rf .deps/.complete .deps/{} && ./libero build",
                     Quoted(data_root.parent_path()), folder);
}

// A folder of the data root that has to be filled.
struct DataPart {
  const char* name;
  const char* folder;     // relative to the data root; its first part is what the set-up renews
  const char* extension;  // of the files that count; "": all
};

constexpr std::array<DataPart, 4> kDataParts = {{{"robot", "robosuite", ""},
                                                 {"assets", "assets", ""},
                                                 {"tasks", "libero/bddl_files", ".bddl"},
                                                 {"initial states", "libero/init_files", ".npz"}}};

// One entry if all files can be used, else one for each folder with files that cannot.
void ReportExpected(const fs::path& data_root, const std::vector<std::string>& expected,
                    Section& section) {
  std::map<std::string, std::vector<std::string>> wrong_files;  // by folder
  for (const std::string& file : expected) {
    const std::string problem = FileProblem(AssetPath(data_root, file));
    if (problem.empty()) continue;
    wrong_files[fs::path(file).begin()->string()].push_back(fmt::format("{} ({})", file, problem));
  }
  const std::string all = Count(static_cast<int64_t>(expected.size()), "file");
  if (wrong_files.empty()) section.Ok("needed files", fmt::format("all {} are there", all));
  for (auto& [folder, files] : wrong_files) {
    const size_t num_files = files.size();
    files.resize(std::min(num_files, kMaxFilesNamed));
    std::string value =
        fmt::format("{} of {} cannot be used: {}", num_files, all, fmt::join(files, ", "));
    if (num_files > files.size()) value += fmt::format(" and {} more", num_files - files.size());
    section.Add("needed files", value, Status::kProblem, FixData(data_root, folder));
  }
}

void ReportDataPart(const fs::path& data_root, const DataPart& part, Section& section) {
  const std::string fix = FixData(data_root, fs::path(part.folder).begin()->string());
  if (const std::string problem = FolderProblem(data_root / part.folder); !problem.empty()) {
    section.Add(part.name, fmt::format("{} {}", part.folder, problem), Status::kProblem, fix);
    return;
  }
  const FolderSize size = Measure(data_root / part.folder, part.extension);
  const std::string noun = fmt::format("{}{}file", part.extension, *part.extension ? " " : "");
  if (size.num_files == 0) {
    section.Add(part.name, fmt::format("no {}s in {}", noun, part.folder), Status::kProblem, fix);
    return;
  }
  section.Ok(part.name,
             fmt::format("{}, {}", Count(size.num_files, noun), FormatBytes(size.num_bytes)));
}

void ReportData(const DoctorOptions& options, SystemReport& report) {
  Section section("data", report);
  const fs::path& data_root = options.data_root;
  const std::string again = "unset LIBERO_DATA && ./libero build";
  if (data_root.empty()) {
    const auto [message, hint] = SplitHint(options.data_root_error);
    section.Add("folder", message, Status::kProblem, hint.empty() ? again : hint);
    return;
  }
  if (const std::string problem = FolderProblem(data_root); !problem.empty()) {
    section.Add("folder", fmt::format("{} {}", data_root.string(), problem), Status::kProblem,
                again);
    return;
  }
  section.Ok("folder", data_root.string());
  for (const DataPart& part : kDataParts) ReportDataPart(data_root, part, section);
  if (!options.expected_assets_error.empty()) {
    const auto [message, hint] = SplitHint(options.expected_assets_error);
    section.Add("needed files", message, Status::kProblem,
                hint.empty() ? FixData(data_root, "libero") : hint);
  }
  if (!options.expected_assets.empty()) {
    ReportExpected(data_root, options.expected_assets, section);
  }
}

// disk

// The path, or the nearest folder above it that exists.
fs::path NearestExisting(const fs::path& path) {
  std::error_code error;
  fs::path existing = fs::absolute(path, error);
  while (!fs::exists(existing, error) && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  return existing;
}

void ReportCache(const fs::path& folder, Section& section) {
  const std::string move = "export LIBERO_CACHE=/a/folder/that/you/may/write";
  if (folder.empty()) {
    section.Add("scene cache", "none: scenes are compiled at each start", Status::kNote, move);
    return;
  }
  const fs::path existing = NearestExisting(folder);
  std::error_code error;
  const bool is_folder = fs::is_directory(existing, error);
  if (!is_folder || access(existing.c_str(), W_OK | X_OK) != 0) {
    const char* problem = is_folder ? "cannot be written" : "is not a folder";
    section.Add("scene cache", fmt::format("none: {} {}", existing.string(), problem),
                Status::kNote, move);
    return;
  }
  const FolderSize size = Measure(folder, "");
  section.Ok("scene cache",
             fmt::format("{}, {}", folder.string(),
                         size.num_files == 0 ? "empty" : FormatBytes(size.num_bytes)));
}

void ReportDisk(const DoctorOptions& options, SystemReport& report) {
  Section section("disk", report);
  ReportCache(options.scene_cache, section);
  std::set<dev_t> disks;  // one line each
  for (const fs::path& path : {options.data_root, options.scene_cache}) {
    const fs::path folder = path.empty() ? path : NearestExisting(path);
    std::error_code error;
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0 || !disks.insert(status.st_dev).second) continue;
    const auto free_bytes = static_cast<int64_t>(fs::space(folder, error).available);
    if (error) continue;
    const std::string value = fmt::format("{} at {}", FormatBytes(free_bytes), folder.string());
    if (free_bytes >= options.min_free_bytes) {
      section.Ok("free space", value);
    } else {
      section.Add("free space", value, Status::kProblem,
                  fmt::format("make room until {} are free: du -xh {} | sort -h | tail",
                              FormatBytes(options.min_free_bytes), Quoted(folder)));
    }
  }
}

// printing

constexpr std::array<const char*, 3> kStatusNames = {"ok", "note", "problem"};
constexpr std::array<const char*, 3> kMarks = {"✓", "!", "✗"};
constexpr std::array<const char*, 3> kColors = {"\033[32m", "\033[33m", "\033[31m"};

// Breaks a text between words into lines of at most `width` bytes; 0: one line.
std::vector<std::string> Wrap(const std::string& text, size_t width) {
  if (width == 0) return {text};
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty() || line.size() + 1 + word.size() <= width) {
      line += (line.empty() ? "" : " ") + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

}  // namespace

int SystemReport::Count(ReportEntry::Status status) const {
  int count = 0;
  for (const ReportEntry& entry : entries) count += entry.status == status ? 1 : 0;
  return count;
}

Cpu ParseCpuInfo(const std::string& text) {
  constexpr std::array<std::array<const char*, 2>, 5> kNames = {{{"avx2", "AVX2"},
                                                                 {"fma", "FMA"},
                                                                 {"avx512f", "AVX-512"},
                                                                 {"asimd", "NEON"},
                                                                 {"sve", "SVE"}}};
  Cpu cpu;
  cpu.model = FindValue(text, "model name", ':');
  std::string flags = FindValue(text, "flags", ':');
  if (flags.empty()) flags = FindValue(text, "Features", ':');
  for (const auto& [flag, name] : kNames) {
    if (HasExtension(flags, flag)) cpu.simd.emplace_back(name);
  }
  return cpu;
}

Memory ParseMemory(const std::string& meminfo, const std::string& memory_max) {
  const auto number = [](const std::string& digits) {
    return int64_t{std::strtoll(digits.c_str(), nullptr, 10)};
  };
  Memory memory;
  memory.total_bytes = 1024 * number(FindValue(meminfo, "MemTotal", ':'));
  memory.available_bytes = 1024 * number(FindValue(meminfo, "MemAvailable", ':'));
  if (const int64_t limit = number(memory_max); limit > 0) {
    memory.total_bytes = std::min(memory.total_bytes, limit);
    memory.available_bytes = std::min(memory.available_bytes, limit);
  }
  return memory;
}

std::string MujocoVersionName(int version) {
  if (version >= 1'000'000) {
    return fmt::format("{}.{}.{}", version / 1'000'000, version / 1000 % 1000, version % 1000);
  }
  return fmt::format("{}.{}.{}", version / 100, version / 10 % 10, version % 10);
}

std::string FormatBytes(int64_t bytes) {
  constexpr double kKib = 1024;
  const auto size = static_cast<double>(bytes);
  if (size < kKib * kKib) return fmt::format("{:.0f} KiB", size / kKib);
  if (size < kKib * kKib * kKib) return fmt::format("{:.0f} MiB", size / (kKib * kKib));
  return fmt::format("{:.1f} GiB", size / (kKib * kKib * kKib));
}

Machine SurveyMachine() {
  Machine machine;
  machine.gl = SurveyGl();  // first: CUDA starts threads, and children want a process without any
  machine.cuda = SurveyCuda();
  machine.cpu = ParseCpuInfo(ReadText("/proc/cpuinfo"));
  machine.num_cores = NumUsableCores();
  machine.memory = ParseMemory(ReadText("/proc/meminfo"), ReadText("/sys/fs/cgroup/memory.max"));
  machine.is_root = geteuid() == 0;

  const std::string release = ReadText("/etc/os-release");
  std::string name = FindValue(release, "PRETTY_NAME", '=');
  std::erase(name, '"');
  machine.system = name.empty() ? "unknown system" : name;
  utsname kernel{};
  if (uname(&kernel) == 0) {
    machine.kernel = fmt::format("{} {}, {}", kernel.sysname, kernel.release, kernel.machine);
  }
  return machine;
}

DoctorOptions DefaultDoctorOptions() {
  DoctorOptions options;
  try {
    options.data_root = FindDataRoot();
  } catch (const Error& error) {
    options.data_root_error = error.what();
  }
  options.scene_cache = SceneCacheFolder().value_or(fs::path());
  return options;
}

SystemReport MakeSystemReport(const DoctorOptions& options, const Machine& machine) {
  SystemReport report;
  ReportProgram(options, report);
  ReportMachine(machine, report);
  ReportGpus(machine, report);
  ReportGl(machine, report);
  if (options.further_facts) {
    for (ReportEntry& entry : options.further_facts(machine)) {
      report.entries.push_back(std::move(entry));
    }
  }
  ReportData(options, report);
  ReportDisk(options, report);
  return report;
}

void Print(const SystemReport& report, std::ostream& out, bool color, int width) {
  size_t name_width = 0;
  for (const ReportEntry& entry : report.entries) {
    name_width = std::max(name_width, entry.name.size());
  }
  const std::string indent(name_width + 6, ' ');
  const size_t columns = static_cast<size_t>(std::max(0, width));
  const size_t value_width = columns > 2 * indent.size() ? columns - indent.size() : 0;
  const char* end = color ? "\033[0m" : "";
  std::string section;
  for (const ReportEntry& entry : report.entries) {
    if (entry.section != section) {
      out << (section.empty() ? "" : "\n")
          << fmt::format("{}{}{}\n", color ? "\033[1m" : "", entry.section, end);
      section = entry.section;
    }
    const auto status = static_cast<size_t>(entry.status);
    const std::vector<std::string> lines = Wrap(entry.value, value_width);
    out << fmt::format("  {}{}{} {:<{}}  {}\n", color ? kColors[status] : "", kMarks[status], end,
                       entry.name, name_width, lines[0]);
    for (size_t i = 1; i < lines.size(); ++i) out << indent << lines[i] << '\n';
    if (!entry.fix.empty()) out << indent << "fix: " << entry.fix << '\n';
  }
  const int num_problems = report.Count(Status::kProblem);
  const int num_notes = report.Count(Status::kNote);
  out << '\n' << (num_problems == 0 ? "No problems" : Count(num_problems, "problem"));
  out << (num_notes == 0 ? "" : ", " + Count(num_notes, "note")) << ".\n";
}

void PrintJson(const SystemReport& report, std::ostream& out) {
  using Json = nlohmann::ordered_json;
  Json entries = Json::array();
  for (const ReportEntry& entry : report.entries) {
    entries.push_back({{"section", entry.section},
                       {"name", entry.name},
                       {"value", entry.value},
                       {"status", kStatusNames[static_cast<size_t>(entry.status)]},
                       {"fix", entry.fix}});
  }
  const Json document = {{"problems", report.Count(Status::kProblem)},
                         {"notes", report.Count(Status::kNote)},
                         {"entries", entries}};
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int RunDoctorCommand(const DoctorOptions& options, std::ostream& out) {
  const SystemReport report = MakeSystemReport(options);
  if (options.json) {
    PrintJson(report, out);
  } else {
    Print(report, out, options.color, options.width);
  }
  return report.Count(Status::kProblem) == 0 ? 0 : 1;
}

}  // namespace libero
