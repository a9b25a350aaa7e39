#pragma once

namespace libero {

// Decides after which substep the Python stack samples its observations. Each of its observables
// counts the time since its last sample, in steps of 2 ms for every update, and takes one sample in
// each period of 50 ms, at the first update that comes after the period began. Updates forced by a
// reset or by setting a state sample at once and count as 2 ms too, so the substep depends on how
// many there were since the reset: number 24 of 0..24 after a reset alone, 23 after a reset and one
// set state. Sums in double precision, as there. A value.
// source: robosuite@1.4.0:utils/observables.py:222
class ObservationClock {
 public:
  // A reset; the stack forces an update right after it: call Force().
  void Reset() { since_sample_ = 0; }

  // An update that samples.
  void Force() {
    Advance();
    has_sampled_ = true;
    CompletePeriod();
  }

  // The update after a substep; returns whether it samples.
  [[nodiscard]] bool Tick() {
    Advance();
    const bool samples = !has_sampled_ && kPeriod >= since_sample_;
    has_sampled_ = has_sampled_ || samples;
    return CompletePeriod() || samples;
  }

 private:
  static constexpr double kTimestep = 0.002;  // s
  static constexpr double kPeriod = 1.0 / 20;

  void Advance() { since_sample_ += kTimestep; }

  // Returns whether a sample is due because the period ends without one.
  bool CompletePeriod();

  double since_sample_ = 0;  // s
  bool has_sampled_ = false;
};

}  // namespace libero
