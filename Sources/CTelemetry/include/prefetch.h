// Asks for memory before it is needed: who goes through large rows one after the other waits for each of them else.
#ifndef HEADROOM_PREFETCH_H
#define HEADROOM_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

/// Asks for the cache lines of `bytes` from `address` on. It changes nothing and never faults, wherever it points.
static inline void headroom_prefetch(uintptr_t address, size_t bytes) {
    for (uintptr_t line = address & ~(uintptr_t)63; line < address + bytes; line += 64) {
        __builtin_prefetch((const void *)line, 1);
    }
}

#endif
