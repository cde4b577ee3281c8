import Catalogs
import Foundation
import Glibc
import TestSupport
import Testing

/// A disk of memory that really is full: ENOSPC from the kernel, in a pack and in the catalog.
struct TmpfsTests {
    /// Works on a copy of `start` on a disk with so many KiB left, then on the same disk with room enough.
    ///
    /// A mount namespace of its own needs no unmounting; who is not root gets one with a user namespace.
    private func run(_ words: [String], on start: Workshop, left: Int) throws -> (
        status: Int32, errors: String, result: Workshop
    ) {
        let folder = try TemporaryFolder()
        let result = try Workshop()
        let script = """
            set -eu
            figment=$1 from=$2 to=$3 left=$4
            shift 4
            mkdir disk
            mount -t tmpfs -o size=64m tmpfs disk
            cp -R "$from"/. disk
            cd disk
            used=$(df --output=used -k . | tail -n 1)
            mount -o remount,size=$((used + left))k .
            status=0
            "$figment" "$@" --catalog trial.sqlite 2>../errors || status=$?
            mount -o remount,size=64m .
            "$figment" check --catalog trial.sqlite >../check || echo damaged >../check
            "$figment" "$@" --catalog trial.sqlite >../again 2>../progress || cat ../progress >&2
            cp -R . "$to"
            exit "$status"
            """
        let namespace = ["unshare", "--mount"] + (geteuid() == 0 ? [] : ["--user", "--map-root-user"])
        let program = Command.programs.appending(path: "figment").path
        let command = try Command.system(
            namespace[0],
            Array(namespace.dropFirst()) + [
                "sh", "-c", script, "sh", program, start.folder.url.path, result.folder.url.path, "\(left)",
            ] + words, in: folder.url)
        #expect(command.errors == "")
        #expect(
            try String(contentsOfFile: folder.path("check"), encoding: .utf8).contains("nothing is damaged"))
        return (command.status, try String(contentsOfFile: folder.path("errors"), encoding: .utf8), result)
    }

    /// Of each case the words, how many KiB are left, and what is said to have found no space.
    @Test(arguments: [
        // No room for the log's index; for the rows of a batch, whose images are in a pack; for the images.
        ("generate --batch 20", 0, "trial.sqlite\n"), ("generate --batch 20", 160, "trial.sqlite\n"),
        ("generate --batch 200", 200, "trial.packs/0001.sqlite\n"),
        ("generate --batch 200", 800, "trial.packs/0001.sqlite\n"),
        // Captions go to the catalog alone.
        ("caption --batch 20", 0, "trial.sqlite\n"), ("caption --batch 20", 80, "trial.sqlite\n"),
    ])
    func aFullDiskLosesNothing(line: String, left: Int, place: String) throws {
        let own = [
            "generate": ["--model", "starter:diffusion", "--steps", "1", "--per", "20"],
            "caption": ["--templates", "wardrobe"],
        ]
        var words = line.split(separator: " ").map(String.init)
        words += own[words[0]] ?? []
        let start = try Prepared.embedded.get()
        let trial = try Trial(words, after: start)
        let (status, errors, result) = try run(words, on: start, left: left)
        #expect(status == 74, "\(errors)")
        #expect(errors.contains("there is no space left to write"), "\(errors)")
        #expect(errors.contains(place), "\(errors)")
        #expect(errors.contains("hint: "), "\(errors)")
        try trial.expectUndisturbed(result, "\(line), \(left) KiB left")
        #expect(try result.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try result.damage() == "")
    }
}
