#include <string.h>

#include "telemetry.h"

#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_MACHINE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif

typedef int32_t four32 __attribute__((vector_size(16), aligned(4)));
typedef int64_t four64 __attribute__((vector_size(32)));

static inline void add(headroom_sums *sums, const int64_t *run) {
    sums->power += run[0];
    sums->up += run[1];
    sums->down += run[2];
    sums->plugged += run[3] & (HEADROOM_READY - 1);
    sums->available += run[3] >> 20;
}

// A point is one vector of four lanes that are widened and added. Four sums at a time, so that no addition waits for
// the one before it.
FOR_EACH_MACHINE
void headroom_sum_runs(const headroom_hot *points, const headroom_run *runs, size_t count, headroom_sums *sites,
                       size_t site_count, headroom_sums *resources, size_t resource_count) {
    memset(sites, 0, site_count * sizeof *sites);
    memset(resources, 0, resource_count * sizeof *resources);
    for (size_t run = 0; run < count; run++) {
        const four32 *next = (const four32 *)(points + runs[run].start);
        size_t left = runs[run].count;
        four64 a = {0}, b = {0}, c = {0}, d = {0};
        for (; left >= 4; left -= 4, next += 4) {
            a += __builtin_convertvector(next[0], four64);
            b += __builtin_convertvector(next[1], four64);
            c += __builtin_convertvector(next[2], four64);
            d += __builtin_convertvector(next[3], four64);
        }
        for (; left > 0; left--, next++) a += __builtin_convertvector(next[0], four64);
        a += b + (c + d);
        add(sites + runs[run].site, (const int64_t *)&a);
        add(resources + runs[run].resource, (const int64_t *)&a);
    }
}

// What a record counts as. Without a branch, since which points are ready is random, and in 64 bits, since what a record
// claims may be absurd.
static inline headroom_hot hot_of(const headroom_record *record) {
    const uint32_t needed = HEADROOM_PLUGGED | HEADROOM_AVAILABLE | HEADROOM_ONLINE;
    const int32_t ready = (record->flags & needed) == needed;
    int64_t up = (int64_t)record->power + record->max_discharge;
    int64_t down = (int64_t)record->max_charge - record->power;
    up = up < 0 ? 0 : up > INT32_MAX ? INT32_MAX : up;
    down = down < 0 ? 0 : down > INT32_MAX ? INT32_MAX : down;
    return (headroom_hot){
        .power = record->power,
        .up = (int32_t)up & -ready,
        .down = (int32_t)down & -ready,
        .counts = (int32_t)(record->flags & 1) | ready << 20,
    };
}

headroom_hot headroom_hot_of(const headroom_record *record) { return hot_of(record); }

// Changes of fewer than 2^19 points: those of plugged ones do not reach the available ones' bits, whatever their sign.
static inline void change(headroom_sums *sums, const int64_t *run) {
    const int64_t plugged = (int64_t)((uint64_t)run[3] << 44) >> 44;
    sums->power += run[0];
    sums->up += run[1];
    sums->down += run[2];
    sums->plugged += plugged;
    sums->available += (run[3] - plugged) >> 20;
}

enum {
    AHEAD = 8,               // so many records ahead their lines are asked for from memory
    LONGEST_RUN = 1 << 16,
};

// Neighbours mostly share site and resource: their changes are summed in one vector and written once per run of them.
FOR_EACH_MACHINE
size_t headroom_take(const void *records, size_t stride, size_t count, int64_t received_at,
                     headroom_fleet *fleet) {
    const char *next = records;
    headroom_line *lines = fleet->lines;
    headroom_hot *hot = fleet->hot;
    const size_t used = fleet->used;
    uint32_t site = UINT32_MAX;
    uint32_t resource = UINT32_MAX;
    size_t taken = 0, length = 0, unbound = 0, absurd = 0;
    four64 run = {0};
    for (size_t index = 0; index <= count; index++, next += stride) {
        headroom_record record;
        headroom_line *line = 0;
        if (index < count) {
            if (index + AHEAD < count) {
                uint32_t later;
                memcpy(&later, next + AHEAD * stride, sizeof later);
                if (later < used) {
                    __builtin_prefetch(lines + later, 1);
                    __builtin_prefetch(hot + later, 1);
                }
            }
            memcpy(&record, next, sizeof record);
            if (record.slot >= used || lines[record.slot].bound != 1) {
                unbound += 1;
                continue;
            }
            if ((record.max_charge | record.max_discharge) < 0) {
                absurd += 1;
                continue;
            }
            line = lines + record.slot;
        }
        // Behind the last one, too.
        if (!line || line->site != site || line->resource != resource || length == LONGEST_RUN) {
            if (resource < fleet->resource_count) change(fleet->resources + resource, (const int64_t *)&run);
            if (site < fleet->site_count) change(fleet->sites + site, (const int64_t *)&run);
            if (!line) break;
            site = line->site;
            resource = line->resource;
            length = 0;
            run = (four64){0};
        }
        const headroom_hot new = hot_of(&record);
        headroom_hot *own = hot + record.slot;
        run += __builtin_convertvector(*(const four32 *)&new, four64) - __builtin_convertvector(*(four32 *)own, four64);
        *own = new;
        line->record = record;
        line->received_at = received_at;
        taken += 1;
        length += 1;
    }
    fleet->unbound += unbound;
    fleet->absurd += absurd;
    return taken;
}

int headroom_same(const headroom_sums *one, const headroom_sums *other, size_t count) {
    return count == 0 || memcmp(one, other, count * sizeof *one) == 0;
}

FOR_EACH_MACHINE
uint64_t headroom_read(const void *bytes, size_t count) {
    const uint64_t *words = bytes;
    uint64_t all = 0;
    for (size_t index = 0; index < count / 8; index++) all ^= words[index];
    return all;
}
