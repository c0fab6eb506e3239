import Glibc

/// Ports for servers that a test starts as processes of their own.
package enum Ports {
    /// `count` TCP ports of 127.0.0.1 that nothing listens on now, all different.
    package static func free(_ count: Int) -> [Int] {
        let held = (0..<count).compactMap { _ in Listener() }
        return held.map(\.port)
    }

    /// Holds a port of 127.0.0.1 as long as it lives.
    @safe package final class Listener {
        private let descriptor: Int32
        package let port: Int

        package init?() {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
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
