#pragma once

namespace libero {

// Which instant of an episode is shown, and how that goes on. Positions are in control steps of
// 50 ms; between two steps are 25 substeps. The episode may end behind the last moment that there
// is: then the simulation is still to get there.
class Playhead {
 public:
  static constexpr double kMinSpeed = 0.1;
  static constexpr double kMaxSpeed = 16;

  [[nodiscard]] bool is_playing() const { return is_playing_; }
  void SetPlaying(bool is_playing) { is_playing_ = is_playing; }

  // Of the time that passes in the episode to the time that passes, clamped to the bounds above.
  [[nodiscard]] double speed() const { return speed_; }
  void SetSpeed(double speed);

  // Goes to a step, or by whole steps or substeps from here; stops playing.
  void Seek(int step);
  void MoveSteps(int count);
  void MoveSubsteps(int count);

  // Time passes. The last moment that there is is `newest`; if `is_final`, there will be no other.
  void Advance(double elapsed_s, int newest, bool is_final);

  // What is shown of an episode whose last moment is `newest`: `step` if `substep` is 0, else the
  // instant after so many substeps (1..24) of the step that leads from `step` to the next one.
  struct Instant {
    int step = 0;
    int substep = 0;
  };
  [[nodiscard]] Instant instant(int newest) const;

  // How many steps the simulation has to have taken for what comes next.
  [[nodiscard]] int target() const;

 private:
  bool is_playing_ = false;
  double speed_ = 1;
  double position_ = 0;  // steps, ≥ 0
};

}  // namespace libero
