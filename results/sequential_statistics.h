#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/binomial_interval.h"

// Statistics that may be looked at after every episode. Fixed numbers of episodes have other ones:
// p-values and intervals that are computed again and again until they please are wrong much more
// often than they say.
namespace libero {

// Where the success rate of `num_planned` episodes lies, from the first `num_ended` of them in
// random order: a confidence sequence. With 95 % confidence all intervals of a run hold the rate
// that the whole plan has in the end, however many there are and whenever the run stops. Nothing is
// assumed of the episodes, tasks may differ as they like; chance is in the order alone. With all
// episodes ended it is that rate itself.
//
// It holds the rates whose posterior probability has not fallen below 5 % of what it was before the
// first episode, when all were equally probable. source: Waudby-Smith and Ramdas, "Confidence
// sequences for sampling without replacement", NeurIPS 2020 (prior-posterior-ratio martingale)
[[nodiscard]] Interval RateSequence(int num_planned, int num_successes, int num_ended,
                                    double confidence = kConfidence);

// Evidence that A is the better one of two policies, from the episodes that only one of them
// solves: how often A did and B did. If A is not better in any episode, it ever reaches 20 in at
// most 5 % of runs, however long they are. 1 without episodes.
//
// The likelihood ratio of "A solves such an episode with a probability above 1/2", each equally
// probable, against 1/2: a test martingale. source: Ville (1939); Robbins, "Statistical methods
// related to the law of the iterated logarithm", Annals of Mathematical Statistics 41 (1970)
[[nodiscard]] double EvidenceOfBetter(int num_only_a, int num_only_b);

// What evidence has to reach at a level of 5 %.
inline constexpr double kDecisiveEvidence = 1 / (1 - kConfidence);

// The numbers from 0 to `num` - 1 in a random order that the seed decides.
[[nodiscard]] std::vector<int> RandomOrder(int num, uint32_t seed);

}  // namespace libero
