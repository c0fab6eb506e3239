// The room that drivers' promises leave, for many cars at once: `ChargingTask.bounds` of Swift over columns.
#ifndef HEADROOM_PROMISE_H
#define HEADROOM_PROMISE_H

#include <stddef.h>
#include <stdint.h>

/// What holds for all of them: microseconds since 1970, seconds, seconds.
typedef struct {
    int64_t now;
    int64_t endurance, watchdog;
} headroom_promise_terms;

/// The bounds of `count` cars, from a column of each figure. Magnitudes >= 0: capacity in Wh, at most 100 MWh; shares in
/// 1/100 %; departures in microseconds since 1970; one-way efficiency in 1/10,000, > 0; powers in W, `discharge` 0 where
/// there must be none. Results in W, + = charge; laxity in s, saturating; 1 where the promise is at risk.
/// It computes in doubles, which is exact: all figures are whole numbers below 2^53, and a quotient of two such is never so
/// close below the next whole number that rounding would reach it.
void headroom_promise_bounds(size_t count, headroom_promise_terms terms, const int32_t *restrict capacity,
                             const int16_t *restrict soc, const int16_t *restrict soc_error,
                             const int16_t *restrict reserve, const int16_t *restrict target,
                             const int64_t *restrict departure, const int16_t *restrict efficiency,
                             const int32_t *restrict charge, const int32_t *restrict discharge,
                             const int32_t *restrict proven, const int32_t *restrict minimum,
                             const int32_t *restrict step, int32_t *restrict base, int32_t *restrict low,
                             int32_t *restrict high, int32_t *restrict laxity, uint8_t *restrict at_risk);

#endif
