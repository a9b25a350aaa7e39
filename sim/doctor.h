#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <mujoco/mujoco.h>

#include "sim/gl_devices.h"

// `libero doctor`: what this machine and this installation have, and how to fix what they lack.
namespace libero {

// One fact of a report.
struct ReportEntry {
  enum class Status {
    kOk,
    kNote,     // works, but something is missing that may be wanted
    kProblem,  // something of the benchmark cannot run
  };

  std::string section;  // e.g. "data"
  std::string name;     // e.g. "assets"
  std::string value;
  Status status = Status::kOk;
  std::string fix;  // what to do, mostly a command to paste; "" if nothing is to be done
};

struct SystemReport {
  std::vector<ReportEntry> entries;  // those of a section are neighbours

  [[nodiscard]] int Count(ReportEntry::Status status) const;
};

struct Machine;

struct DoctorOptions {
  // program
  std::string version = "unknown version";  // of libero, e.g. "0.1.0"
  std::string build_type = "unknown";       // of CMake, e.g. "Release"
  int mujoco_version = mj_version();

  // installation: see DefaultDoctorOptions
  std::filesystem::path data_root;    // "" if there is none; then `data_root_error` says why
  std::string data_root_error;        // message and hint of an Error
  std::filesystem::path scene_cache;  // need not exist yet; "": scenes are not cached

  // Files that tasks need, relative to `data_root`; empty: only whether the folders are filled is
  // checked. The error, if any, says why a list could not be made.
  std::vector<std::string> expected_assets;
  std::string expected_assets_error;

  // Looks up further facts, between those about OpenGL and data; may be empty. It is called when
  // all of the machine is known, since it may start threads.
  std::function<std::vector<ReportEntry>(const Machine&)> further_facts;

  int64_t min_free_bytes = int64_t{2} << 30;  // less free disk is a problem

  // output
  bool json = false;
  bool color = false;  // ANSI colours, for terminals
  int width = 0;       // columns of the terminal; 0 leaves lines as long as they get
};

struct Cpu {
  std::string model;              // "" if the system does not tell
  std::vector<std::string> simd;  // what of AVX2, FMA, AVX-512, NEON and SVE there is
};

struct Memory {
  int64_t total_bytes = 0;
  int64_t available_bytes = 0;
};

// The facts about a machine that a report is made of.
struct Machine {
  std::string system;  // e.g. "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;  // e.g. "Linux 6.1.0, x86_64"
  Cpu cpu;
  int num_cores = 1;  // that this process may use
  Memory memory;
  CudaSurvey cuda;
  GlSurvey gl;
  bool is_root = false;
};

// Looks at this machine. Loads and tries GL drivers in child processes, and initialises the CUDA
// driver in this one. Takes 0.1–3 s. See RunInChild on threads.
[[nodiscard]] Machine SurveyMachine();

// Reads the text of /proc/cpuinfo, of an x86-64 or an ARM machine.
[[nodiscard]] Cpu ParseCpuInfo(const std::string& text);

// Reads the text of /proc/meminfo and of a control group's memory.max ("" or "max": no limit).
[[nodiscard]] Memory ParseMemory(const std::string& meminfo, const std::string& memory_max);

// "3.3.2" for what mj_version() returns: 332, or 3017000 for a newer "3.17.0".
[[nodiscard]] std::string MujocoVersionName(int version);

// "579 MiB", "23.5 GiB"
[[nodiscard]] std::string FormatBytes(int64_t bytes);

// The installation of the running program: where FindDataRoot and SceneCacheFolder say.
[[nodiscard]] DoctorOptions DefaultDoctorOptions();

// Checks versions, machine, GPUs, OpenGL, data and disks. Never throws for what it finds: that is
// what the report is for. Reads the first byte of each expected file, and changes nothing.
[[nodiscard]] SystemReport MakeSystemReport(const DoctorOptions& options,
                                            const Machine& machine = SurveyMachine());

// Prints a report by sections, a line a fact, with the fixes below the facts; a summary comes last.
// Fixes are never wrapped, so that they can be pasted.
void Print(const SystemReport& report, std::ostream& out, bool color = false, int width = 0);

// Prints {"problems": n, "notes": n, "entries": [{section, name, value, status, fix}, …]}; status
// is "ok", "note" or "problem".
void PrintJson(const SystemReport& report, std::ostream& out);

// Makes a report and prints it. Returns 0 if there is no problem, else 1; notes do not count.
int RunDoctorCommand(const DoctorOptions& options, std::ostream& out);

}  // namespace libero
