// The telemetry record: what a virtual power plant needs of one charging point and its car.
// Layout is the wire's (little-endian, Protocols/fleetlink/README.md); both ends are little-endian machines.
#ifndef HEADROOM_TELEMETRY_H
#define HEADROOM_TELEMETRY_H

#include <assert.h>
#include <stdint.h>

#include "prefetch.h"
#include "promise.h"
#include "telemetry_sums.h"

typedef struct {
    uint32_t slot;             //  0  worker-local index of the EVSE, bound by a registration
    uint32_t flags;            //  4  HeadroomFlag bits; bits 16-23 reason when unavailable; bits 24-31 capability
    int32_t power;             //  8  W, + = from grid to vehicle
    int32_t max_charge;        // 12  W >= 0 that the EVSE, cable and car allow now
    int32_t max_discharge;     // 16  W >= 0, as a magnitude
    uint32_t capacity;         // 20  Wh, 0 = unknown
    int32_t energy_needed;     // 24  Wh in the battery still missing for the departure target
    uint32_t departure;        // 28  seconds since 1970 UTC, 0 = unknown
    uint16_t soc;              // 32  1/100 %
    uint16_t soc_error;        // 34  1/100 %, half width of the band that holds it
    uint16_t reserve;          // 36  1/100 %, state of charge under which it is never discharged
    uint16_t age;              // 38  10 ms units since the station measured it, saturating
} headroom_record;

static_assert(sizeof(headroom_record) == 40, "the wire's stride");

enum {
    HEADROOM_PLUGGED = 1,           // a car is connected
    HEADROOM_AVAILABLE = 2,         // it may be commanded now
    HEADROOM_CONSENT = 4,           // the car or driver agreed to discharge, as far as the station says
    HEADROOM_ONLINE = 8,            // the station's connection is up
    HEADROOM_SOC_KNOWN = 16,        // soc was reported, not only estimated
    HEADROOM_DEPARTURE_FROM_CAR = 32, // departure came from the car (ISO 15118), not from a default
    HEADROOM_STOPPED = 64,          // a stop order is latched here
};

/// What the fleet knows of one charging point: `VehicleLine` of Swift has this layout, one cache line.
typedef struct {
    headroom_record record;
    int64_t received_at;
    uint32_t generation, vehicle, site;
    uint16_t resource;
    uint8_t bound;  // 1 while a registration holds
    uint8_t capability;
} headroom_line;

static_assert(sizeof(headroom_line) == 64, "one cache line");

/// Where records go: a worker's lines and what of them is summed, `used` of each, and the totals.
typedef struct {
    headroom_line *lines;
    headroom_hot *hot;
    size_t used;
    headroom_sums *resources, *sites;
    size_t resource_count, site_count;
    size_t unbound;  // counted up: records of slots that nobody registered
    size_t absurd;   // counted up: records with a negative magnitude
} headroom_fleet;

/// What a record counts as in the sums.
headroom_hot headroom_hot_of(const headroom_record *record);

/// Takes `count` records of `stride` bytes into the lines of their slots, as far as these are bound and the records make
/// sense, and into the totals. Returns how many were taken; the others are counted and change nothing.
size_t headroom_take(const void *records, size_t stride, size_t count, int64_t received_at, headroom_fleet *fleet);

#endif
