#include "policy/nn/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ChooseDeviceTest, TheCpuIsAlwaysThere) {
  EXPECT_TRUE(ChooseDevice("cpu").is_cpu());
  EXPECT_EQ(ChooseDevice("auto").is_cpu(), !WhyNoCuda().empty());
}

TEST(ChooseDeviceTest, OtherNamesAreRefused) {
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:1000"}) {
    EXPECT_THAT([&] { (void)ChooseDevice(name); },
                ThrowsMessage<Error>(HasSubstr("expected the device auto, cpu, cuda or cuda:N")))
        << name;
  }
}

TEST(ChooseDeviceTest, SaysWhyThereIsNoGpu) {
  if (WhyNoCuda().empty()) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_THAT([] { (void)ChooseDevice("cuda"); }, ThrowsMessage<Error>(HasSubstr(WhyNoCuda())));
}

}  // namespace
}  // namespace libero
