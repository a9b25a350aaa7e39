#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace libero {

// The folder of a run: config.json (every option), manifest.json (what else its results may depend
// on), and DONE, written last. Files appear whole or not at all.
class RunFolder {
 public:
  // Makes the folder with this config, or continues one with the same config; `may_differ` names
  // the fields that do not matter for that. Throws Error, and leaves everything as it was, if the
  // folder holds something else, was made with another config (listing the fields that differ), or
  // cannot be written.
  RunFolder(std::filesystem::path path, const nlohmann::ordered_json& config,
            const std::vector<std::string>& may_differ);

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return path_ / name; }
  [[nodiscard]] bool is_done() const;

  // What the manifest holds; an empty object if there is none yet.
  [[nodiscard]] nlohmann::ordered_json ReadManifest() const;
  void WriteManifest(const nlohmann::ordered_json& manifest) const;

  // What the stop rule of an evaluation decided.
  void WriteStop(const nlohmann::ordered_json& decision) const;

  // Says that nothing is left to be done; `summary` is a line for people.
  void WriteDone(const std::string& summary) const;

 private:
  void Write(const std::string& name, const std::string& text) const;

  std::filesystem::path path_;
};

}  // namespace libero
