#pragma once

#include <imgui.h>

namespace libero {

// ImGui's context, the one of the process, for as long as it lives.
class Gui {
 public:
  Gui() {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;  // the layout is ours
  }
  ~Gui() { ImGui::DestroyContext(); }
  Gui(const Gui&) = delete;
  Gui& operator=(const Gui&) = delete;
};

}  // namespace libero
