import Diagnostics
import Files
import Foundation

/// File systems on which SQLite's write-ahead log is unsafe, since it needs memory shared by all who use the file.
enum NetworkFileSystem {
    /// The file systems that are mounted, as proc(5) lists them; empty where that cannot be read.
    static var mounts: String {
        String(
            decoding: FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data(), as: UTF8.self)
    }

    /// Refuses a catalog that is on such a file system.
    ///
    /// - Parameters:
    ///   - file: the file itself.
    ///   - path: how it was named.
    ///   - mounts: the file systems that are mounted.
    static func refuse(_ file: String, named path: String, among mounts: String = mounts) throws(Failure) {
        guard let device = device(of: file) else { return }
        for line in mounts.split(separator: "\n") {
            guard let mount = Mount(line), mount.device == device else { continue }
            try refuse(type: mount.type, named: path)
        }
    }

    /// Refuses to read a catalog there that has a write-ahead log: its readers, too, need the shared memory.
    static func refuseLogged(_ file: String, named path: String, among mounts: String = mounts)
        throws(Failure)
    {
        // https://sqlite.org/fileformat.html, section 1.3: the read version is at byte 19, and 2 stands for a log.
        guard let header = try? InputFile(file), let version = try? header.bytes(at: 19, count: 1).first,
            version == 2
        else { return }
        try refuse(file, named: path, among: mounts)
    }

    /// The device that a file is on, as mountinfo writes it; nil where there is no file.
    static func device(of file: String) -> String? {
        var status = stat()
        guard stat(file, &status) == 0 else { return nil }
        // The split of a device number is that of glibc's makedev(3).
        let number = UInt64(status.st_dev)
        let major = (number >> 8 & 0xFFF) | (number >> 32 & 0xFFFF_F000)
        let minor = (number & 0xFF) | (number >> 12 & 0xFFFF_FF00)
        return "\(major):\(minor)"
    }

    /// Refuses a file system by the name of its type.
    static func refuse(type: String, named path: String) throws(Failure) {
        let isRemote = types.contains(type) || (type.hasPrefix("fuse.") && type != "fuse.fuse-overlayfs")
        guard isRemote else { return }
        throw Failure(
            .catalog, "\(path) is on a network file system (\(type)), where those who share it can damage it",
            hint: """
                Keep the catalog on a disk of one machine. Where many machines work on it, 'figment split' makes a \
                shard for each one's own disk, and 'figment merge' brings back what they make.
                """)
    }

    private static let types: Set = [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "ocfs2", "orangefs", "panfs", "smb3", "smbfs", "vboxsf", "virtiofs",
    ]

    /// A line of proc(5)'s mountinfo: "36 35 98:0 /root /mount options tags - type source options".
    struct Mount {
        let device: String
        let type: String

        init?(_ line: some StringProtocol) {
            let fields = line.split(separator: " ")
            guard fields.count > 2, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else {
                return nil
            }
            device = String(fields[2])
            type = String(fields[dash + 1])
        }
    }
}
