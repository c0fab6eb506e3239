import Foundation
import TestSupport

/// Libraries for LD_PRELOAD, compiled where a test runs.
enum Shim {
    /// The library's path; nil where there is no C compiler.
    static func compile(_ source: String, _ name: String, in folder: URL) throws -> String? {
        guard let compiler = ["clang", "cc", "gcc"].lazy.compactMap({ Program.find($0) }).first else { return nil }
        let (file, library) = (folder.appending(path: name + ".c"), folder.appending(path: name + ".so").path)
        try Data(source.utf8).write(to: file)
        let outcome = try Program.run(compiler, ["-O2", "-shared", "-fPIC", file.path, "-o", library])
        return outcome.status == 0 ? library : nil
    }
}

/// A disk that loses what was not synchronised: each `fdatasync` of a journal's segment notes how long the segment was,
/// and a power cut is a kill of everybody, after which segments end somewhere between there and where they ended.
enum PowerCut {
    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        /* The size before it: what is written meanwhile may or may not be on the disk. */
        static int noted(int file, long call) {
            char link[64], path[4000];
            struct stat found;
            int known = !fstat(file, &found);
            int code = syscall(call, file);
            if (code) return code;
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            ssize_t length = readlink(link, path, sizeof path - 8);
            if (length < 4 || memcmp(path + length - 4, ".hrj", 4) || !known) return code;
            memcpy(path + length, ".synced", 8);
            int mark = open(path, O_WRONLY | O_CREAT, 0600);
            long size = found.st_size;
            if (mark >= 0) {
                if (pwrite(mark, &size, sizeof size, 0) != sizeof size) code = -1;
                close(mark);
            }
            return code;
        }
        int fdatasync(int file) { return noted(file, SYS_fdatasync); }
        int fsync(int file) { return noted(file, SYS_fsync); }

        """

    static func library(in folder: URL) throws -> String? { try Shim.compile(self.source, "power", in: folder) }

    /// Cuts each segment below `folder`; returns how many bytes were lost, and of how many segments.
    static func cut(_ folder: URL, using generator: inout some RandomNumberGenerator) throws -> (bytes: Int, files: Int)
    {
        var lost = (bytes: 0, files: 0)
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for name in names.sorted() where name.hasSuffix(".hrj") {
            let path = folder.appending(path: name).path
            let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
            let mark = try? Data(contentsOf: URL(filePath: path + ".synced"))
            let synced = mark.map { $0.reversed().reduce(0) { $0 << 8 | Int($1) } } ?? 0
            let kept = Int.random(in: min(synced, size)...size, using: &generator)
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.truncate(atOffset: UInt64(kept))
            try file.close()
            lost.bytes += size - kept
            lost.files += 1
        }
        return lost
    }
}
