#include "tests/golden/fingerprint.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <mujoco/mjxmacro.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <limits>

namespace libero {
namespace {

double Sign(uint64_t i) {
  uint64_t z = i + 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return ((z ^ (z >> 31)) & 1) != 0 ? 1.0 : -1.0;
}

template <typename T>
void Sum(const T* values, size_t num_values, Fingerprint& result) {
  double magnitude = 0;
  for (size_t i = 0; i < num_values; ++i) {
    const auto x = static_cast<double>(values[i]);
    result.signed_sum += Sign(i) * x;
    magnitude += std::abs(x);
  }
  result.max_rounding = 2 * static_cast<double>(std::numeric_limits<T>::epsilon()) * magnitude;
}

std::string Hash(const void* data, size_t size) {
  return fmt::format("{:016x}", XXH3_64bits(data, size));
}

// calls add(name, pointer, number of values) for each setting
template <typename Add>
void VisitVisual(const mjVisual& vis, const Add& add) {
#define ONE(group, field) add("vis." #group "_." #field, &vis.group.field, 1);
  ONE(global, orthographic)
  ONE(global, fovy)
  ONE(global, ipd) ONE(global, azimuth) ONE(global, elevation) ONE(global, linewidth)
      ONE(global, glow) ONE(global, realtime) ONE(global, offwidth) ONE(global, offheight) ONE(
          global, ellipsoidinertia) ONE(global, bvactive)
#undef ONE
#define ONE(group, field) add("vis." #group "." #field, &vis.group.field, 1);
          ONE(quality, shadowsize) ONE(quality, offsamples) ONE(quality, numslices) ONE(
              quality, numstacks) ONE(quality, numquads) ONE(headlight, active) ONE(map, stiffness)
              ONE(map, stiffnessrot) ONE(map, force) ONE(map, torque) ONE(map, alpha) ONE(
                  map, fogstart) ONE(map, fogend) ONE(map, znear) ONE(map, zfar) ONE(map, haze)
                  ONE(map, shadowclip) ONE(map, shadowscale) ONE(map, actuatortendon) ONE(
                      scale, forcewidth) ONE(scale, contactwidth) ONE(scale, contactheight)
                      ONE(scale, connect) ONE(scale, com) ONE(scale, camera) ONE(scale, light) ONE(
                          scale, selectpoint) ONE(scale, jointlength) ONE(scale, jointwidth)
                          ONE(scale, actuatorlength) ONE(scale, actuatorwidth)
                              ONE(scale, framelength) ONE(scale, framewidth) ONE(
                                  scale, constraint) ONE(scale, slidercrank) ONE(scale, frustum)
#undef ONE
#define MANY(group, field)                                                  \
  add("vis." #group "." #field, static_cast<const float*>(vis.group.field), \
      std::size(vis.group.field));
                                  MANY(headlight, ambient) MANY(headlight, diffuse) MANY(
                                      headlight, specular) MANY(rgba, fog) MANY(rgba, haze)
                                      MANY(rgba, force) MANY(rgba, inertia) MANY(rgba, joint)
                                          MANY(rgba, actuator) MANY(rgba, actuatornegative) MANY(
                                              rgba, actuatorpositive) MANY(rgba, com)
                                              MANY(rgba, camera) MANY(rgba, light) MANY(
                                                  rgba, selectpoint) MANY(rgba, connect)
                                                  MANY(rgba, contactpoint) MANY(rgba, contactforce)
                                                      MANY(rgba, contactfriction)
                                                          MANY(rgba, contacttorque)
                                                              MANY(rgba, contactgap)
                                                                  MANY(rgba, rangefinder)
                                                                      MANY(rgba, constraint) MANY(
                                                                          rgba, slidercrank)
                                                                          MANY(rgba, crankbroken)
                                                                              MANY(rgba, frustum)
#undef MANY
}

template <typename T>
Fingerprint Of(const T* values, size_t num_values) {
  Fingerprint result{num_values, Hash(values, num_values * sizeof(T)), 0, 0};
  Sum(values, num_values, result);
  return result;
}

}  // namespace

Fingerprint FingerprintOf(const ModelArray& array) {
  if (array.type == ModelArray::Type::kDouble) {
    return Of(static_cast<const double*>(array.data), array.num_values);
  }
  if (array.type == ModelArray::Type::kFloat) {
    return Of(static_cast<const float*>(array.data), array.num_values);
  }
  return {array.num_values, Hash(array.data, array.num_values * array.value_size), 0, 0};
}

Fingerprint FingerprintOf(const double* values, size_t num_values) {
  return Of(values, num_values);
}

std::map<std::string, Fingerprint> ModelFingerprints(const mjModel& model) {
  std::map<std::string, Fingerprint> result;
  for (const ModelArray& array : ModelArrays(model)) result[array.name] = FingerprintOf(array);
#define X(name, size) result["opt." #name] = Of(static_cast<const double*>(model.opt.name), size);
  MJOPTION_VECTORS
#undef X
  result["stat.center"] = Of(static_cast<const double*>(model.stat.center), 3);
  VisitVisual(model.vis, [&](const char* name, const auto* values, size_t size) {
    if constexpr (std::is_same_v<decltype(values), const float*>) {
      if (size > 1) result[name] = Of(values, size);
    }
  });
  return result;
}

std::map<std::string, double> ModelNumbers(const mjModel& model) {
  std::map<std::string, double> result;
  for (const auto& [name, size] : ModelSizes(model)) result[name] = static_cast<double>(size);
  result["signature"] = static_cast<double>(model.signature);
#define X(type, name) result["opt." #name] = static_cast<double>(model.opt.name);
  MJOPTION_SCALARS
#undef X
#define X(name) result["stat." #name] = model.stat.name;
  X(meaninertia)
  X(meanmass)
  X(meansize) X(extent)
#undef X
      VisitVisual(model.vis, [&](const char* name, const auto* values, size_t size) {
        if (size == 1) result[name] = static_cast<double>(*values);
      });
  return result;
}

Arithmetic ThisMachine() {
  Arithmetic result;
  if (__builtin_cpu_supports("fma")) result.isa.emplace_back("fma");
  if (__builtin_cpu_supports("avx2")) result.isa.emplace_back("avx2");
  if (__builtin_cpu_supports("avx512f")) result.isa.emplace_back("avx512f");
  result.libc = gnu_get_libc_version();
  return result;
}

Arithmetic RecordingMachine(const nlohmann::json& scenes) {
  return {scenes["recorded_on"]["isa"], scenes["recorded_on"]["libc"]};
}

Match Compare(const Fingerprint& actual, const std::string& hash, double signed_sum,
              bool same_arithmetic) {
  if (actual.hash == hash) return Match::kEqual;
  if (same_arithmetic || actual.max_rounding == 0) return Match::kDifferent;
  return std::abs(actual.signed_sum - signed_sum) <= actual.max_rounding ? Match::kRounding
                                                                         : Match::kDifferent;
}

}  // namespace libero
