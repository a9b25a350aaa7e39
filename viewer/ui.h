#pragma once

#include <map>
#include <string>
#include <vector>

#include <imgui.h>

#include "viewer/fonts.h"
#include "viewer/settings.h"
#include "viewer/style.h"
#include "viewer/surface.h"

namespace libero {

// A rectangle of the screen, pixels.
struct ScreenRect {
  ImVec2 min;
  ImVec2 max;
};

// What everything that draws a part of the viewer works with. One a viewer.
struct Ui {
  Surface* surface = nullptr;
  Fonts fonts;
  Palette palette;
  Settings* settings = nullptr;
  float scale = 1;                           // of text, beside the surface's and the settings'
  float em = 16;                             // height of text, pixels; see FitText
  std::map<std::string, ScreenRect> places;  // of things in the last frame, by name; see Place

  // Notes where ImGui's last item is, so that tests can click it.
  void Place(const std::string& name) {
    places[name] = {ImGui::GetItemRectMin(), ImGui::GetItemRectMax()};
  }
};

// Has text and widgets the size that the surface, the settings and `scale` ask for. Between frames.
void FitText(Ui& ui);

// Text in a colour or a font.
void ColoredText(ImU32 color, const std::string& text);
void FontText(ImFont* font, const std::string& text);
void MutedText(const Ui& ui, const std::string& text);

// A combo box whose list can be searched: shows those of `items` that hold all words that are
// typed. Returns the index that was chosen, −1 if none. `filter` belongs to this combo box.
int SearchCombo(const char* id, const std::string& preview, const std::vector<std::string>& items,
                int selected, std::string& filter);

// Whether a text holds every word of another, whatever their case.
[[nodiscard]] bool HoldsWords(const std::string& text, const std::string& words);

// The signs on buttons.
enum class Icon { kPlay, kPause, kStepForward, kStepBack, kSubstep, kToStart, kToEnd, kRestart };

// A square button with a sign; `tip` shows while the mouse is over it.
bool IconButton(Ui& ui, const std::string& name, Icon icon, const char* tip);

}  // namespace libero
