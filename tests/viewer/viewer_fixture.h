#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "sim/renderer_source.h"
#include "tests/viewer/shaking_policy.h"
#include "viewer/simulation.h"

namespace libero {

// What simulations of tests are made of: LIBERO's suites, the CPU renderer, the policies of
// MakeTestPolicy.
class ViewerFixture : public testing::Test {
 protected:
  std::vector<Suite> suites_ = LoadSuites(LIBERO_DEPS_DIR);
  SceneStore store_{LIBERO_DEPS_DIR, LIBERO_TEST_CACHE_DIR};
  RendererSource renderers_{{.name = "cpu"}};
  SimulationOptions options_{.protocol = FindProtocol("univla"),
                             .make_policy = MakeTestPolicy,
                             .make_renderer = [this](const mjModel& model) {
                               return renderers_.Make(model);
                             }};
};

}  // namespace libero
