#include "sim/mjcf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "sim/assets.h"
#include "sim/base/check.h"

namespace libero {
namespace {

// Attributes whose value is the name of an element.
// source: robosuite@1.4.0:utils/mjcf_utils.py:61
constexpr std::array kNameAttributes = {
    "class",    "childclass", "name",    "objname", "material",  "texture",   "joint",
    "joint1",   "joint2",     "geom",    "geom1",   "geom2",     "mesh",      "fixed",
    "actuator", "tendon",     "tendon1", "tendon2", "slidesite", "cranksite", "body",
    "body1",    "body2",      "hfield",  "target",  "prefix",    "site",      "jointinparent"};

// The sections that merging needs, in the order in which they are added to a document without them.
constexpr std::array kSections = {"worldbody", "actuator", "sensor", "asset",
                                  "tendon",    "equality", "contact"};

// "line 3, column 7" of a byte offset.
std::string Position(std::string_view text, std::ptrdiff_t offset) {
  const std::string_view before =
      text.substr(0, static_cast<size_t>(std::max<std::ptrdiff_t>(offset, 0)));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t start = before.rfind('\n') + 1;  // npos + 1 == 0
  return fmt::format("line {}, column {}", line, before.size() - start + 1);
}

// Default class → tag → element with the default attributes.
using Defaults = std::map<std::string, std::map<std::string, pugi::xml_node>>;

// Writes the attributes of default classes into the elements that name them and do not set them.
// source: robosuite@1.4.0:models/base.py:230
void InlineDefaults(pugi::xml_node root, const std::string& file) {
  Defaults defaults;
  const pugi::xml_node section = root.child("default");
  for (pugi::xml_node entry : section.children()) {
    auto& by_tag = defaults[entry.attribute("class").value()];
    for (pugi::xml_node element : entry.children()) by_tag[element.name()] = element;
  }
  VisitElements(root, [&](pugi::xml_node element) {
    const pugi::xml_attribute name = element.attribute("class");
    if (!name || element.parent() == section) return;
    const auto entry = defaults.find(name.value());
    if (entry == defaults.end()) {
      throw Error(
          fmt::format("{}: <{}> names the default class '{}', which the file does not define", file,
                      element.name(), name.value()));
    }
    element.remove_attribute(name);
    const auto tag = entry->second.find(element.name());
    if (tag == entry->second.end()) return;
    for (pugi::xml_attribute attribute : tag->second.attributes()) {
      if (!element.attribute(attribute.name())) element.append_copy(attribute);
    }
  });
  root.remove_child(section);
}

}  // namespace

Mjcf Mjcf::Load(const std::filesystem::path& data_root, const std::string& file) {
  Mjcf mjcf;
  mjcf.file_ = file;
  mjcf.source_files_ = {file};
  mjcf.document_ = std::make_unique<pugi::xml_document>();
  const std::string text = ReadAsset(data_root, file);
  const pugi::xml_parse_result parsed = mjcf.document_->load_string(text.c_str());
  if (!parsed) {
    throw Error(fmt::format("{}: {}: {}", (data_root / file).string(),
                            Position(text, parsed.offset), parsed.description()));
  }
  const pugi::xml_node root = mjcf.root();
  if (std::string_view(root.name()) != "mujoco") {
    throw Error(fmt::format("{}: root element: expected <mujoco>, got <{}>",
                            (data_root / file).string(), root.name()));
  }
  for (const char* tag : kSections) (void)mjcf.section(tag);
  InlineDefaults(root, file);

  // asset files: relative to the document → relative to the data root
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  for (pugi::xml_node asset : mjcf.section("asset").children()) {
    if (pugi::xml_attribute name = asset.attribute("file")) {
      name.set_value((folder / name.value()).lexically_normal().generic_string().c_str());
    }
  }
  return mjcf;
}

pugi::xml_node Mjcf::section(const char* tag) const {
  pugi::xml_node found = root().child(tag);
  return found ? found : root().append_child(tag);
}

pugi::xml_node Mjcf::root_body() const {
  const pugi::xml_node body = section("worldbody").child("body");
  if (!body || body.next_sibling("body")) {
    throw Error(fmt::format("{}: expected one body in <worldbody>, got {}", file_,
                            body ? "several" : "none"));
  }
  return body;
}

void Mjcf::Merge(const Mjcf& other, pugi::xml_node parent) {
  for (pugi::xml_node child : other.section("worldbody").children()) parent.append_copy(child);
  MergeAssets(other);
  for (const char* tag : {"actuator", "sensor", "tendon", "equality", "contact"}) {
    for (pugi::xml_node child : other.section(tag).children()) section(tag).append_copy(child);
  }
}

void Mjcf::MergeAssets(const Mjcf& other) {
  source_files_.insert(other.source_files_.begin(), other.source_files_.end());
  pugi::xml_node assets = section("asset");
  for (pugi::xml_node asset : other.section("asset").children()) {
    if (!FindElement(assets, asset.name(), asset.attribute("name").value())) {
      assets.append_copy(asset);
    }
  }
}

std::string Mjcf::text() const {
  std::ostringstream stream;
  document_->save(stream, " ", pugi::format_indent | pugi::format_no_declaration);
  return std::move(stream).str();
}

std::vector<std::string> Mjcf::asset_files() const {
  std::set<std::string> files;
  for (pugi::xml_node asset : section("asset").children()) {
    for (pugi::xml_attribute attribute : asset.attributes()) {
      if (std::string_view(attribute.name()).starts_with("file")) files.insert(attribute.value());
    }
  }
  return {files.begin(), files.end()};
}

void VisitElements(pugi::xml_node root, const std::function<void(pugi::xml_node)>& visit) {
  visit(root);
  for (pugi::xml_node child : root.children()) VisitElements(child, visit);
}

pugi::xml_node FindElement(pugi::xml_node root, std::string_view tag, std::string_view name) {
  const auto matches = [&](pugi::xml_node element) {
    return element.name() == tag && element.attribute("name").value() == name;
  };
  return matches(root) ? root : root.find_node(matches);
}

void SetAttribute(pugi::xml_node element, const char* name, const std::string& value) {
  pugi::xml_attribute attribute = element.attribute(name);
  if (!attribute) attribute = element.append_attribute(name);
  attribute.set_value(value.c_str());
}

void AddPrefix(pugi::xml_node root, const std::string& prefix) {
  VisitElements(root, [&](pugi::xml_node element) {
    for (const char* name : kNameAttributes) {
      pugi::xml_attribute attribute = element.attribute(name);
      if (attribute && !std::string_view(attribute.value()).starts_with(prefix)) {
        attribute.set_value((prefix + attribute.value()).c_str());
      }
    }
  });
}

void RecolorCollisionGeoms(pugi::xml_node root, std::string_view rgba, std::string_view except) {
  VisitElements(root, [&](pugi::xml_node element) {
    const std::string_view group = element.attribute("group").as_string("0");
    if (std::string_view(element.name()) != "geom" || group != "0") return;
    if (!except.empty() && element.attribute("name").value() == except) return;
    SetAttribute(element, "rgba", std::string(rgba));
    element.remove_attribute("material");
  });
}

std::vector<double> ParseNumbers(std::string_view text, std::string_view where) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<double> numbers;
  for (size_t begin = text.find_first_not_of(kBlank); begin != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBlank, begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const std::string_view digits = word.starts_with('+') ? word.substr(1) : word;
    double number = 0;
    const auto [rest, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || rest != digits.data() + digits.size()) {
      throw Error(fmt::format("{}: expected a number, got '{}'", where, word));
    }
    numbers.push_back(number);
    begin = text.find_first_not_of(kBlank, end);
  }
  return numbers;
}

std::string FormatNumbers(std::span<const double> numbers) {
  return fmt::format("{}", fmt::join(numbers, " "));
}

}  // namespace libero
