#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace libero {

// An MJCF document that can be edited and merged as robosuite composes its models: default classes
// are written into the elements that name them, the sections that can be merged always exist, and
// asset files are named relative to the data root, so that the text does not depend on the machine.
// source: robosuite@1.4.0:models/base.py:23
class Mjcf {
 public:
  // Parses `data_root / file`, which may be packed. Throws Error if it cannot be read, is not XML
  // (with line and column), has another root element than <mujoco>, or uses a default class that it
  // does not define.
  static Mjcf Load(const std::filesystem::path& data_root, const std::string& file);

  // The <mujoco> element.
  [[nodiscard]] pugi::xml_node root() const { return document_->document_element(); }

  // A top-level element, created empty if the document has none.
  [[nodiscard]] pugi::xml_node section(const char* tag) const;

  // The first body of the worldbody; throws Error unless it is the only one outside other bodies.
  [[nodiscard]] pugi::xml_node root_body() const;

  // Appends copies of the children of `other`'s worldbody to `parent` (an element of this
  // document), its assets as MergeAssets does, and its actuators, sensors, tendons, equalities and
  // contacts.
  void Merge(const Mjcf& other, pugi::xml_node parent);

  // Appends those assets of `other` whose tag and name this document does not have yet.
  void MergeAssets(const Mjcf& other);

  [[nodiscard]] std::string text() const;

  // The files named by assets, relative to the data root, sorted, each once.
  [[nodiscard]] std::vector<std::string> asset_files() const;

  // The file this document was loaded from.
  [[nodiscard]] const std::string& file() const { return file_; }

  // That file and those of all documents merged into this one.
  [[nodiscard]] const std::set<std::string>& source_files() const { return source_files_; }

 private:
  std::unique_ptr<pugi::xml_document> document_;
  std::string file_;
  std::set<std::string> source_files_;
};

// Calls `visit` on `root` and everything below it, parents first, in document order.
void VisitElements(pugi::xml_node root, const std::function<void(pugi::xml_node)>& visit);

// The first element with this tag and name at or below `root`; a null node if there is none.
pugi::xml_node FindElement(pugi::xml_node root, std::string_view tag, std::string_view name);

// Sets an attribute, adding it if needed.
void SetAttribute(pugi::xml_node element, const char* name, const std::string& value);

// Prefixes each attribute at or below `root` that names an element, unless it has the prefix
// already. source: robosuite@1.4.0:utils/mjcf_utils.py:524
void AddPrefix(pugi::xml_node root, const std::string& prefix);

// Gives collision geoms (group 0 or none) this colour in place of their material, but for the geom
// named `except`. source: robosuite@1.4.0:utils/mjcf_utils.py:625
void RecolorCollisionGeoms(pugi::xml_node root, std::string_view rgba,
                           std::string_view except = "");

// Numbers separated by white space; throws Error naming `where` for anything else.
std::vector<double> ParseNumbers(std::string_view text, std::string_view where);

// The shortest decimal texts that read back as the same doubles, separated by blanks.
std::string FormatNumbers(std::span<const double> numbers);

}  // namespace libero
