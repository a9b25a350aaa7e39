#include "sim/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace libero {
namespace {

// stderr, so that tables and records on stdout stay clean
spdlog::logger& Logger() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "libero", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

}  // namespace

void LogWarning(std::string_view folder, const std::string& message) {
  Logger().warn("[{}] warning: {}", folder, message);
}

void LogInfo(std::string_view folder, const std::string& message) {
  Logger().info("[{}] {}", folder, message);
}

}  // namespace libero
