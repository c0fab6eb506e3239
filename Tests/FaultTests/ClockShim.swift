import Foundation

/// A library for LD_PRELOAD that steps the wall clock of a process while it runs, and leaves its monotonic clock and
/// timers alone: as `ntpd`, or a person, does to a machine.
struct ClockShim {
    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static volatile long *seconds;
        static long offset(void) {
            if (!seconds) {
                const char *path = getenv("HEADROOM_TEST_CLOCK");
                int file = path ? open(path, O_RDONLY) : -1;
                void *map = file < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
                static long none;
                seconds = map == MAP_FAILED ? &none : map;
                if (file >= 0) close(file);
            }
            return *seconds;
        }
        int clock_gettime(clockid_t clock, struct timespec *t) {
            int code = syscall(SYS_clock_gettime, clock, t);
            if (!code && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) t->tv_sec += offset();
            return code;
        }
        int gettimeofday(struct timeval *t, void *zone) {
            int code = syscall(SYS_gettimeofday, t, zone);
            if (!code && t) t->tv_sec += offset();
            return code;
        }
        time_t time(time_t *out) {
            struct timespec t;
            clock_gettime(CLOCK_REALTIME, &t);
            if (out) *out = t.tv_sec;
            return t.tv_sec;
        }

        """
    private let library: String
    private let file: URL

    /// Nil where there is no C compiler.
    init?(folder: URL) throws {
        guard let library = try Shim.compile(Self.source, "clock", in: folder) else { return nil }
        self.library = library
        self.file = folder.appending(path: "clock.offset")
        try Data(count: 8).write(to: self.file)
    }

    /// Of a process whose clock is stepped.
    var environment: [String: String] { ["LD_PRELOAD": self.library, "HEADROOM_TEST_CLOCK": self.file.path] }

    /// The process's wall clock is off by so much from now on.
    func step(to seconds: Int) throws {
        let handle = try FileHandle(forWritingTo: self.file)
        try handle.write(contentsOf: unsafe withUnsafeBytes(of: Int64(seconds).littleEndian) { unsafe Data($0) })
        try handle.close()
    }
}
