import Foundation
import Runtime
import ZeroMQ

/// Keys, folders and ports that a configuration names.
enum FileChecks {
    static func all(_ place: Place) -> [Check] {
        var checks = place.keys.map { path in
            self.secret(path, made: "make keys with `headroom keys`") { _ = try KeyPair.read(from: path) }
        }
        checks += place.secrets.map { path in
            self.secret(path, made: "put it there") { _ = try fileText(path) }
        }
        if let path = place.allowList { checks.append(self.allowList(path)) }
        if let data = place.data { checks += self.folder(data, room: place.room) }
        return checks
    }

    private static func secret(_ path: String, made: String, _ read: () throws -> Void) -> Check {
        guard let facts = try? FileManager.default.attributesOfItem(atPath: path) else {
            return .failure("keys", "\(path) is not there: \(made)")
        }
        do { try read() } catch { return .failure("keys", "\(error)") }
        let mode = (facts[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o077 == 0 else {
            return .failure("keys", "\(path) can be read by others (mode \(String(mode, radix: 8))): chmod 600 \(path)")
        }
        return .ok("keys", "\(path) is there, for its owner only")
    }

    private static func allowList(_ path: String) -> Check {
        do {
            let names = try AllowList.read(from: path).names.values.sorted()
            guard !names.isEmpty else {
                return .failure("allow-list", "\(path) lets nobody in: `headroom keys` with the workers' names")
            }
            let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
            return .ok("allow-list", "lets in \(names.count): \(shown)")
        } catch {
            return .failure("allow-list", "\(error)")
        }
    }

    /// The folder of the journals, or, as long as it is not there, the one that it will be made in.
    private static func folder(_ path: String, room: Int) -> [Check] {
        var there = URL(filePath: path).standardizedFileURL.path
        while !FileManager.default.fileExists(atPath: there), there != "/" {
            there = (there as NSString).deletingLastPathComponent
        }
        guard FileManager.default.isWritableFile(atPath: there) else {
            return [.failure("data folder", "\(there) cannot be written: give it to the user that runs headroom")]
        }
        var checks = [Check.ok("data folder", "\(path) can be written")]
        guard let facts = try? FileManager.default.attributesOfFileSystem(forPath: there),
            let free = (facts[.systemFreeSize] as? NSNumber)?.intValue
        else { return checks }
        let words = "\(free >> 20) MiB are free at \(there), the journals may want \(room >> 20) MiB"
        checks.append(free >= room ? .ok("space", words) : .failure("space", "\(words): free some, or move `data`"))
        return checks
    }

    static func ports(_ listeners: [PortProbe.Listener]) async -> [Check] {
        var checks: [Check] = []
        for listener in listeners where listener.port > 0 {
            do {
                try await PortProbe.check([listener])
                checks.append(.ok("port", "\(listener.host):\(listener.port) is free for \(listener.key)"))
            } catch {
                checks.append(.failure("port", "\(error) (or it runs already: then this is as it should be)"))
            }
        }
        return checks
    }
}
