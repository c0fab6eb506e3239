import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A child process that is waited for by its number.
///
/// Foundation's `Process` hears of an end by a socket that any child started in the same moment inherits, so that a
/// `curl` seemed to run for as long as the worker that was started beside it. The kernel's own answer has no such
/// witness.
struct Child {
    private let pid: pid_t

    /// Starts a program in the workspace's root.
    /// - Parameters:
    ///   - output: the file that takes its standard output; made or emptied.
    ///   - errors: the same for standard error.
    /// - Throws: `POSIXError` where the program cannot be started.
    init(
        _ path: String, _ arguments: [String], environment: [String: String], output: String, errors: String
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, file) in [(Int32(1), output), (2, errors)] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        // `env` becomes the program, under the same number, once it stands in the folder.
        let command = ["/usr/bin/env", "-C", Workspace.root.path, path]
        var words = unsafe (command + arguments).map { unsafe strdup($0) } + [nil]
        var settings = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe (words + settings).forEach { unsafe free($0) } }
        var number = pid_t()
        let refused = unsafe posix_spawn(&number, command[0], &actions, nil, &words, &settings)
        guard refused == 0 else { throw POSIXError(POSIXErrorCode(rawValue: refused) ?? .EINVAL) }
        self.pid = number
    }

    /// Waits until it has ended.
    /// - Returns: its exit status; the signal's number where a signal ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(self.pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : signal
    }
}
