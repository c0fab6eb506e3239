import Glibc
import Synchronization

/// Ports for servers that a test starts as processes of their own.
package enum Ports {
    private static let given = Mutex<Set<Int>>([])
    /// Below those that the system gives to outgoing connections, which could take a port before its server does.
    private static let range = 12_000..<32_000

    /// `count` TCP ports of 127.0.0.1 that nothing listens on now; no port is given twice in a run of the tests.
    package static func free(_ count: Int) -> [Int] {
        var free: [Int] = []
        while free.count < count {
            let port = Int.random(in: self.range)
            guard self.given.withLock({ $0.insert(port).inserted }), Listener(port: port) != nil else { continue }
            free.append(port)
        }
        return free
    }

    /// Holds a port of 127.0.0.1 as long as it lives; programs that are started meanwhile do not.
    @safe package final class Listener {
        private let descriptor: Int32
        package let port: Int

        /// - Parameter port: 0 for any that is free.
        package init?(port: Int = 0) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe bind(descriptor, generic, size) == 0 && listen(descriptor, 1) == 0
                        && getsockname(descriptor, generic, &size) == 0
                }
            }
            guard descriptor >= 0, isBound else {
                if descriptor >= 0 { _ = close(descriptor) }
                return nil
            }
            self.descriptor = descriptor
            self.port = Int(UInt16(bigEndian: address.sin_port))
        }

        deinit { _ = close(self.descriptor) }
    }
}
