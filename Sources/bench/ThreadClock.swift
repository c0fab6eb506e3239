import CDispatch
import Foundation

/// CPU time of this thread in nanoseconds: what others do on the machine does not count.
func threadNanoseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The median thread CPU time of `rounds` runs in nanoseconds, after one that warms up.
func medianNanoseconds(rounds: Int = 15, _ body: () throws -> Void) rethrows -> Double {
    try body()
    var times: [Int] = []
    for _ in 0..<rounds {
        let start = threadNanoseconds()
        try body()
        times.append(threadNanoseconds() - start)
    }
    times.sort()
    return Double(times[times.count / 2])
}

/// A benchmark found that what it measures does the wrong thing: its time would mean nothing.
struct WrongResult: Error, CustomStringConvertible {
    var description: String
}
