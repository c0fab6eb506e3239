// What of a charging point is summed, and the kernel that sums it: a fleet's totals are scanned once a minute, and a
// scan must cost no more than reading the memory.
#ifndef HEADROOM_TELEMETRY_SUMS_H
#define HEADROOM_TELEMETRY_SUMS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/// One charging point, 16 bytes: all noughts where nobody is bound.
typedef struct {
    int32_t power;   // W, + = from grid to vehicle
    int32_t up;      // W >= 0 that it could be moved towards export now, by station and car; 0 unless available
    int32_t down;    // W >= 0 towards charge
    int32_t counts;  // 1 = plugged, + HEADROOM_READY = plugged, online and available
} headroom_hot;

static_assert(sizeof(headroom_hot) == 16, "one vector of four lanes");

enum {
    HEADROOM_READY = 1 << 20,  // more than the points of one worker, so that a run's plugged ones do not reach it
};

/// Sums of such.
typedef struct {
    int64_t power, up, down, plugged, available;
} headroom_sums;

/// Neighbours of one site and resource, fewer than HEADROOM_READY.
typedef struct {
    uint32_t start, count;
    uint32_t site;      // index into the sums of sites
    uint32_t resource;  // index into the sums of resources
} headroom_run;

/// Sums each run by its site and by its resource, from nought on; both hold all indices that the runs name.
void headroom_sum_runs(const headroom_hot *points, const headroom_run *runs, size_t count, headroom_sums *sites,
                       size_t site_count, headroom_sums *resources, size_t resource_count);

/// Whether two lists of sums are the same.
int headroom_same(const headroom_sums *one, const headroom_sums *other, size_t count);

/// The exclusive or of all words: nothing but reading, as fast as this machine reads. The limit that a scan is measured
/// against.
uint64_t headroom_read(const void *bytes, size_t count);

#endif
