#include "results/published_results.h"

#include <array>

namespace libero {
namespace {

struct Source {
  const char* origin = "";
  const char* text = "";
};

constexpr Source kUniVla = {
    "UniVLA's paper",
    "Bu et al., UniVLA: Learning to Act Anywhere with Task-centric Latent Actions, RSS 2025 "
    "(arXiv 2505.06111)"};
constexpr Source kOft = {
    "OpenVLA-OFT's paper",
    "Kim, Finn and Liang, Fine-Tuning Vision-Language-Action Models: Optimizing Speed and Success, "
    "RSS 2025 (arXiv 2502.19645)"};
constexpr Source kSmolVla = {
    "SmolVLA's paper",
    "Shukor et al., SmolVLA: A Vision-Language-Action Model for Affordable and Efficient Robotics "
    "(arXiv 2506.01844)"};
constexpr Source kVlaAdapter = {
    "VLA-Adapter's paper",
    "Wang et al., VLA-Adapter: An Effective Paradigm for Tiny-Scale Vision-Language-Action Model "
    "(arXiv 2509.09372)"};
constexpr Source kOpenPi = {
    "openpi", "Physical Intelligence, openpi (github.com/Physical-Intelligence/openpi)"};

constexpr const char* kWrist = "third-person and wrist camera";
constexpr const char* kOneCamera = "third-person camera only";
constexpr const char* kSecondHand = "third-person camera only; cited at second hand";

constexpr PublishedResult Result(const char* policy, std::array<double, 4> rates,
                                 const Source& source, const char* remark) {
  return {policy, rates[0], rates[1], rates[2], rates[3], source.origin, source.text, remark};
}

constexpr std::array kResults = {
    Result("Diffusion Policy", {78.3, 92.5, 68.3, 50.5}, kUniVla, "quoted there"),
    Result("Octo", {78.9, 85.7, 84.6, 51.1}, kUniVla, "quoted there"),
    Result("TraceVLA", {84.6, 85.2, 75.1, 54.1}, kUniVla, "quoted there"),
    Result("OpenVLA", {84.7, 88.4, 79.2, 53.7}, kUniVla, "quoted there"),
    Result("LAPA", {73.8, 74.6, 58.8, 55.4}, kUniVla,
           "run by that paper's authors; cited at second hand"),
    Result("MDT", {78.5, 87.5, 73.5, 64.8}, kUniVla, "both cameras; cited at second hand"),
    Result("UniVLA", {96.5, 96.8, 95.6, 92.0}, kUniVla, kOneCamera),
    Result("UniVLA, Bridge only", {95.2, 95.4, 91.9, 87.5}, kUniVla, kSecondHand),
    Result("UniVLA, human videos only", {91.2, 94.2, 90.2, 79.4}, kUniVla, kSecondHand),
    Result("OpenVLA-OFT", {97.6, 98.4, 97.9, 94.5}, kOft, kWrist),
    Result("OpenVLA-OFT, one camera", {96.2, 98.3, 96.2, 90.7}, kOft, kOneCamera),
    Result("π0", {96.8, 98.8, 95.8, 85.2}, kOft, "quoted there"),
    Result("π0-FAST", {96.4, 96.8, 88.6, 60.2}, kOft, "quoted there"),
    Result("π0.5", {98.8, 98.2, 98.0, 92.4}, kOpenPi, kWrist),
    Result("SmolVLA (2.25 B)", {93, 94, 91, 77}, kSmolVla, ""),
    Result("VLA-Adapter (0.5 B)", {97.8, 99.2, 97.2, 95.0}, kVlaAdapter, ""),
};

}  // namespace

std::optional<double> PublishedResult::rate(std::string_view suite) const {
  if (suite == "libero_spatial") return spatial;
  if (suite == "libero_object") return object;
  if (suite == "libero_goal") return goal;
  if (suite == "libero_10") return libero_10;
  return std::nullopt;
}

std::span<const PublishedResult> PublishedResults() {
  return kResults;
}

}  // namespace libero
