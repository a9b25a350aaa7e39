#include "sim/scene.h"

namespace libero {

SceneMjcf ComposeScene(const std::filesystem::path& data_root, const SceneSpec& spec) {
  Mjcf world = Mjcf::Load(data_root, "robosuite/models/assets/base.xml");
  pugi::xml_node worldbody = world.section("worldbody");
  SetAttribute(world.root().child("option"), "timestep", "0.002");
  // asset files are relative to the data root, which is where the text is compiled
  world.root().child("compiler").remove_attribute("meshdir");

  world.Merge(LoadArena(data_root, spec.arena), worldbody);
  world.Merge(LoadPanda(data_root, spec.robot_base, spec.p_WB), worldbody);
  SceneMjcf scene;
  for (const ObjectSpec& object : spec.objects) {
    scene.objects.push_back(LoadObject(data_root, object.mjcf, object.name, object.is_fixture));
    world.MergeAssets(scene.objects.back().mjcf);
    worldbody.append_copy(scene.objects.back().body);
  }
  scene.text = world.text();
  scene.asset_files = world.asset_files();
  scene.mjcf_files = {world.source_files().begin(), world.source_files().end()};
  return scene;
}

}  // namespace libero
