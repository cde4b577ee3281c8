import Diagnostics
import Glibc

/// File systems on which SQLite's write-ahead log is unsafe, since it needs memory shared by all who use the file.
enum NetworkFileSystem {
    /// Refuses to write a catalog that is on such a file system.
    static func refuse(_ file: String, named path: String) throws(Failure) {
        var status = stat()
        guard stat(file, &status) == 0, let mounts = fopen("/proc/self/mountinfo", "r") else { return }
        defer { fclose(mounts) }
        // The split of a device number is that of glibc's makedev(3).
        let number = UInt64(status.st_dev)
        let major = (number >> 8 & 0xFFF) | (number >> 32 & 0xFFFF_F000)
        let minor = (number & 0xFF) | (number >> 12 & 0xFFFF_FF00)
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, Int32(line.count), mounts) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard let mount = Mount(text), mount.device == "\(major):\(minor)" else { continue }
            try refuse(type: mount.type, named: path)
        }
    }

    /// Refuses a file system by the name of its type.
    static func refuse(type: String, named path: String) throws(Failure) {
        let isRemote = types.contains(type) || (type.hasPrefix("fuse.") && type != "fuse.fuse-overlayfs")
        guard isRemote else { return }
        throw Failure(
            .catalog, "\(path) is on a network file system (\(type)), where writers can damage it",
            hint: """
                Keep the catalog on a disk of one machine. Where many machines work on it, 'figment split' makes a \
                shard for each one's own disk, and 'figment merge' brings back what they make.
                """)
    }

    private static let types: Set = [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "ocfs2", "orangefs", "panfs", "smb3", "smbfs",
    ]

    /// A line of proc(5)'s mountinfo: "36 35 98:0 /root /mount options tags - type source options".
    struct Mount {
        let device: String
        let type: String

        init?(_ line: String) {
            let fields = line.split(separator: " ")
            guard fields.count > 2, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else {
                return nil
            }
            device = String(fields[2])
            type = String(fields[dash + 1])
        }
    }
}
