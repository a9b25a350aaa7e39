#include "results/provenance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <thread>

#include "git_commit.h"
#include "sim/base/log.h"
#include "sim/base/zip_reader.h"
#include "sim/blas.h"
#include "sim/doctor.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

using Json = nlohmann::ordered_json;

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  return ParseCpuInfo({std::istreambuf_iterator<char>(file), {}}).model;
}

// NVIDIA's GPUs as the driver lists them, "model" of each, and the driver's version; null if there
// is no driver.
Json GpusJson() {
  const std::filesystem::path driver = "/proc/driver/nvidia";
  std::error_code error;
  if (!std::filesystem::exists(driver / "version", error)) return nullptr;
  std::ifstream version_file(driver / "version");
  std::string version;
  std::getline(version_file, version);
  std::map<std::string, std::string> models;  // by bus address
  for (const auto& entry : std::filesystem::directory_iterator(driver / "gpus", error)) {
    std::ifstream information(entry.path() / "information");
    std::string line;
    while (std::getline(information, line) && !line.starts_with("Model:")) continue;
    const size_t begin = line.find_first_not_of(" \t", std::string_view("Model:").size());
    models[entry.path().filename()] = begin == line.npos ? "" : line.substr(begin);
  }
  Json names = Json::array();
  for (const auto& [address, model] : models) names.push_back(model);
  return {{"models", names}, {"driver", version}};
}

// As a shell needs it.
std::string Quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string HashOf(const std::filesystem::path& path) {
  const MappedFile file(path.string());
  const XXH128_hash_t hash = XXH3_128bits(file.bytes().data(), file.bytes().size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::string CommandLine(const std::vector<std::string>& arguments) {
  std::string line = "libero";
  for (const std::string& argument : arguments) line += " " + Quoted(argument);
  return line;
}

Json ProvenanceJson(const ProgramInfo& program, const RendererOptions& renderer,
                    const std::string& renderer_description) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
          {"command_line", program.command_line},
          {"version", program.version},
          {"git_commit", kGitCommit},
          {"build_type", program.build_type},
          {"mujoco", MujocoVersionName(mj_version())},
          {"blas_kernels", blas::KernelName()},
          {"cpu", CpuModel()},
          {"cores", std::thread::hardware_concurrency()},
          {"gpus", GpusJson()},
          {"renderer",
           {{"name", renderer.name},
            {"device", renderer.device ? Json(*renderer.device) : Json()},
            {"description", renderer_description}}}};
}

Json WithCall(const Json& manifest, const Json& call) {
  Json calls = manifest.value("calls", Json::array());
  if (!calls.empty() && calls.back()["git_commit"] != call["git_commit"]) {
    LogWarning("results",
               fmt::format("the run was begun by another version: {}, now {}",
                           calls.back()["git_commit"].dump(), call["git_commit"].dump()));
  }
  calls.push_back(call);
  return calls;
}

Json InitStatesJson(const std::vector<Task>& tasks) {
  Json files = Json::array();
  for (const Task& task : tasks) {
    files.push_back({{"task_index", task.index},
                     {"file", task.init_states_path.filename().string()},
                     {"xxh3_128", HashOf(task.init_states_path)}});
  }
  return files;
}

}  // namespace libero
