// A receiver in plain C that only counts: what `bench fleet-telemetry` holds the aggregator's own receiver against.
#ifndef HEADROOM_COUNTING_H
#define HEADROOM_COUNTING_H

#include <zmq.h>
#include <string.h>

typedef struct {
    uint64_t frames;
    uint64_t records;  // as the frames say, at their eighth byte
    double seconds;    // from the first frame on
} headroom_counted;

/// Counts frames for so many seconds from the first on; an error of libzmq, or 0.
static inline int headroom_count_frames(void *socket, double seconds, headroom_counted *counted) {
    void *watch = 0;
    memset(counted, 0, sizeof *counted);
    for (;;) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        int size = zmq_msg_recv(&message, socket, 0);
        if (size < 0) {
            int error = zmq_errno();
            zmq_msg_close(&message);
            if (error == EINTR) continue;
            if (watch) zmq_stopwatch_stop(watch);
            return error;
        }
        uint32_t records = 0;
        if (size >= 12) memcpy(&records, (const char *)zmq_msg_data(&message) + 8, 4);
        zmq_msg_close(&message);
        if (!watch) watch = zmq_stopwatch_start();
        counted->frames += 1;
        counted->records += records;
        if (counted->frames % 64 == 0) {
            counted->seconds = (double)zmq_stopwatch_intermediate(watch) / 1e6;
            if (counted->seconds < seconds) continue;
            zmq_stopwatch_stop(watch);
            return 0;
        }
    }
}

#endif
