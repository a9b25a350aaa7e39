#include "tasks/export_command.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sim/assets.h"
#include "sim/base/check.h"
#include "sim/base/paths.h"
#include "sim/base/text_table.h"
#include "tasks/data_files.h"
#include "tasks/suites.h"

namespace libero {
namespace {

namespace fs = std::filesystem;

// Libraries that the other machine must have itself: the C library's, and torch's and CUDA's.
constexpr std::array kForeignLibraries = {"ld-linux",      "libc.so",  "libm.so",  "libdl.so",
                                          "libpthread.so", "librt.so", "libtorch", "libc10",
                                          "libcuda",       "libcu",    "libnv",    "linux-vdso",
                                          "libGL",         "libEGL",   "libOSMesa"};

// The shared libraries of this process that go along, by full path.
std::vector<fs::path> OwnLibraries() {
  std::vector<fs::path> libraries;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* list) {
        const fs::path path = info->dlpi_name;
        const std::string name = path.filename().string();
        const bool is_foreign = std::ranges::any_of(
            kForeignLibraries, [&](const char* prefix) { return name.starts_with(prefix); });
        if (!name.empty() && !is_foreign)
          static_cast<std::vector<fs::path>*>(list)->push_back(path);
        return 0;
      },
      &libraries);
  return libraries;
}

// Those that the program unpacks when it needs them, relative to the data root.
std::vector<std::string> PackedLibraries(const fs::path& data_root) {
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(data_root / "openblas")) {
    const fs::path name = file.path().filename();
    if (name.string().find(".so") != std::string::npos) files.push_back("openblas" / name);
  }
  return files;
}

size_t CopyFile(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Error(
        fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), error.message()));
  }
  return fs::file_size(to);
}

// Copies the licences that lie beside the data of each origin.
size_t CopyLicences(const fs::path& data_root, const fs::path& to) {
  size_t size = 0;
  for (const auto& folder : fs::directory_iterator(data_root)) {
    if (!folder.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(folder)) {
      const std::string name = file.path().filename().string();
      if (name.starts_with("LICENSE")) {
        size += CopyFile(file, to / folder.path().filename() / name);
      }
    }
  }
  return size;
}

std::string ReadmeText(const Suite& suite) {
  return fmt::format(
      "libero with the suite {0} ({1} tasks), for Linux with glibc {2} or newer.\n\n"
      "  ./libero doctor          what this machine has\n"
      "  ./libero tasks {0}\n\n"
      "The folder may be moved. Compiled scenes are cached in LIBERO_CACHE, or in\n"
      "~/.cache/libero-native. Licences of the data are in licenses/.\n",
      suite.name, suite.tasks.size(), gnu_get_libc_version());
}

// Fills the folder; returns rows "part, files, MB" for the table.
class Exporter {
 public:
  Exporter(const ExportOptions& options, const Suite& suite, fs::path folder)
      : options_(options), suite_(suite), folder_(std::move(folder)) {}

  void Run() {
    const std::set<std::string> files = SceneFiles(options_.data_root, suite_);
    size_t size = CopyFile(ProgramFolder() / "libero", folder_ / "libero");
    const std::vector<fs::path> libraries = OwnLibraries();
    for (const fs::path& path : libraries)
      size += CopyFile(path, folder_ / "lib" / path.filename());
    const std::vector<std::string> packed = PackedLibraries(options_.data_root);
    AddRow("program and libraries", 1 + libraries.size() + packed.size(), size + Pack(packed));

    AddRow("scenes", files.size(), Pack({files.begin(), files.end()}));

    size = Copy(options_.data_root / "libero" / "libero_suite_task_map.py");
    for (const Task& task : suite_.tasks)
      size += Copy(task.bddl_path) + Copy(task.init_states_path);
    AddRow("tasks and init states", 1 + 2 * suite_.tasks.size(), size);

    CopyLicences(options_.data_root, folder_ / "licenses");
    std::ofstream(folder_ / "README.txt") << ReadmeText(suite_);
    if (!options_.policy.empty()) {
      fs::copy(options_.policy, folder_ / "policy", fs::copy_options::recursive);
      // looks for LibTorch in lib/torch, which is not taken along
      const fs::path networks = fs::path("lib") / "libero_networks.so";
      AddRow("networks", 1, CopyFile(ProgramFolder() / networks, folder_ / networks));
    }
  }

  void Print(std::ostream& out) const { PrintTable(table_, 0, out); }
  [[nodiscard]] size_t total_size() const { return total_size_; }

 private:
  // Packs on all cores; returns the packed size.
  size_t Pack(const std::vector<std::string>& files) {
    std::atomic<size_t> next = 0;
    std::vector<std::future<size_t>> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      workers.push_back(std::async(std::launch::async, [&] {
        size_t size = 0;
        for (size_t file = next++; file < files.size(); file = next++) {
          size += PackAsset(options_.data_root, files[file], folder_ / "data");
        }
        return size;
      }));
    }
    size_t size = 0;
    for (std::future<size_t>& worker : workers) size += worker.get();
    return size;
  }
  size_t Copy(const fs::path& path) {
    return CopyFile(path, folder_ / "data" / path.lexically_relative(options_.data_root));
  }
  void AddRow(const std::string& part, size_t num_files, size_t size) {
    table_.rows.push_back(
        {part, std::to_string(num_files), fmt::format("{:.1f}", static_cast<double>(size) / 1e6)});
    total_size_ += size;
  }

  const ExportOptions& options_;
  const Suite& suite_;
  fs::path folder_;
  TextTable table_{{{"part"}, {"files", true}, {"MB", true}}, {}};
  size_t total_size_ = 0;
};

// Removes a folder at the end of a scope, if it is still there.
struct TemporaryFolder {
  fs::path path;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

int RunExportCommand(const ExportOptions& options, std::ostream& out) {
  const std::vector<Suite> suites = LoadSuites(options.data_root);
  const Suite& suite = FindSuite(suites, options.suite);
  if (!options.policy.empty() && !fs::is_directory(options.policy)) {
    throw Error(fmt::format("--policy: expected a folder, got {}", options.policy.string()));
  }
  if (fs::exists(options.out) && !(fs::is_directory(options.out) && fs::is_empty(options.out))) {
    throw Error(fmt::format("--out: {} exists and is not an empty folder", options.out.string()),
                "remove it, or choose another name");
  }
  const fs::path folder = fs::absolute(options.out).lexically_normal();
  const TemporaryFolder temporary{folder.string() + ".part"};
  fs::remove_all(temporary.path);
  Exporter exporter(options, suite, temporary.path);
  exporter.Run();
  fs::remove(folder);
  fs::rename(temporary.path, folder);
  exporter.Print(out);
  out << fmt::format("\n{}: {:.1f} MB, for glibc {} or newer\n", options.out.string(),
                     static_cast<double>(exporter.total_size()) / 1e6, gnu_get_libc_version());
  return 0;
}

}  // namespace libero
