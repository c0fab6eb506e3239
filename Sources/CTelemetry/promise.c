#include "promise.h"

#include <math.h>

#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_MACHINE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_MACHINE
#endif

static inline double least_of(double one, double other) { return one < other ? one : other; }
static inline double most_of(double one, double other) { return one > other ? one : other; }

// The energy, in W s, that so many 1/100 % of a capacity are, rounded.
static inline double energy(double capacity, double share) { return floor((capacity * share + 5000) / 10000); }

// On the station's power grid, towards more charge and towards less: multiples of the step, nothing inside its dead band.
static inline double raised(double watts, double least, double step) {
    const double whole = ceil(watts / step) * step;
    const double outside = watts > 0 ? least : 0;
    return fabs(watts) > 0 && fabs(watts) < least ? outside : whole;
}

static inline double lowered(double watts, double least, double step) {
    const double whole = floor(watts / step) * step;
    const double outside = watts > 0 ? 0 : -least;
    return fabs(watts) > 0 && fabs(watts) < least ? outside : whole;
}

FOR_EACH_MACHINE
void headroom_promise_bounds(size_t count, headroom_promise_terms terms, const int32_t *restrict capacity,
                             const int16_t *restrict soc, const int16_t *restrict soc_error,
                             const int16_t *restrict reserve, const int16_t *restrict target,
                             const int64_t *restrict departure, const int16_t *restrict efficiency,
                             const int32_t *restrict charge, const int32_t *restrict discharge,
                             const int32_t *restrict proven, const int32_t *restrict minimum,
                             const int32_t *restrict step, int32_t *restrict base, int32_t *restrict low,
                             int32_t *restrict high, int32_t *restrict laxity, uint8_t *restrict at_risk) {
    const int64_t shift = terms.now + terms.watchdog * 1000000;
    const double endurance = (double)terms.endurance, watchdog = (double)terms.watchdog;
    for (size_t car = 0; car < count; car++) {
        const double size = (double)capacity[car] * 3600, share = soc[car], factor = efficiency[car];
        const double most_charge = charge[car], counted = proven[car];
        const double stored = energy(size, most_of(0, share - soc_error[car]));
        const double wanted = energy(size, target[car]);
        const double left = floor((double)(departure[car] - shift) / 1000000);
        const double horizon = most_of(1, least_of(endurance, most_of(left, watchdog)));
        const double until = most_of(1, least_of(horizon, left));
        const double chargeable = trunc(counted * most_of(0, left - horizon) / 10000) * factor;
        const double line = most_of(energy(size, reserve[car]), wanted - chargeable);
        const double missing = line - stored;
        const double needs = trunc(most_of(0, missing) * 10000 / factor) + until - 1;
        const double spares = trunc(most_of(0, -missing) / 10000) * factor;
        const double rate = trunc((missing > 0 ? needs : spares) / (missing > 0 ? until : horizon));
        const double room = most_of(0, size - energy(size, share));
        const double most = least_of(most_charge, trunc(trunc(room * 10000 / factor) / horizon));
        const double needed = trunc(most_of(0, wanted - stored) * 10000 / factor);
        const double time = trunc(needed / most_of(1, counted));
        const double evenly = least_of(most_charge, trunc(needed / most_of(1, left)) + 1);
        const double steady = needed > 0 ? (left > 0 ? evenly : most_charge) : 0;
        const double top = most_of(most, 0);
        const double bottom = least_of(most_of(missing > 0 ? rate : -rate, -(double)discharge[car]), top);
        const double middle = least_of(most_of(steady, bottom), top);
        const double unit = most_of(1, step[car]);
        const double least = ceil(minimum[car] / unit) * unit;
        const double highest = lowered(top, least, unit);
        const double lowest = least_of(raised(bottom, least, unit), highest);
        high[car] = (int32_t)highest;
        low[car] = (int32_t)lowest;
        base[car] = (int32_t)least_of(most_of(raised(middle, least, unit), lowest), highest);
        laxity[car] = (int32_t)least_of(INT32_MAX, most_of(0, left - time));
        at_risk[car] = needed > 0 && time > most_of(0, left);
    }
}
