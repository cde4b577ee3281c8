import Diagnostics
import Kernels
import Testing

@Suite struct MemoryTests {
    @Test func aDryRunLeavesOutLoopsOnItsOwnThreadAlone() {
        var runs = 0
        parallelFor(3) { runs += $0.count }
        MemoryMeter().measure { parallelFor(3) { runs += $0.count } }
        #expect(runs == 3)
        MemoryMeter(isDry: false).measure { parallelFor(3) { runs += $0.count } }
        #expect(runs == 6)
        #expect(!MemoryMeter.isDryRun)
    }

    @Test func tooLittleMemoryIsAFailureThatSaysHowMuchIsNeededAndThere() throws {
        let need = MemoryNeed(tensorBytes: 100 << 20)
        let failure = #expect(throws: Failure.self) {
            try need.check("Making 4 images", available: 100 << 20, hint: "Make fewer.")
        }
        #expect(failure?.kind == .outOfMemory)
        let mebibytes = (need.bytes + (1 << 20) - 1) >> 20
        #expect(mebibytes > 132)
        #expect(
            failure?.summary == "Making 4 images needs \(mebibytes) MiB of memory, and 100 MiB are available")
        #expect(failure?.hint == "Make fewer.")
    }

    @Test func whatIsHeldNeedNotBeThereOnceMore() throws {
        let need = MemoryNeed(tensorBytes: 100 << 20)
        try need.check("This", held: need.bytes - 10, available: 10, hint: "")
        let failure = #expect(throws: Failure.self) {
            try need.check("This", held: need.bytes - 11, available: 10, hint: "")
        }
        #expect(failure?.summary == "This needs 1 MiB more of memory, and 1 MiB are available")
    }

    @Test(arguments: [(1, 64), (1 << 20, 64), (1 << 22, 1 << 21), (5 << 20 | 1, 1 << 21)])
    func memoryBeginsWhereVectorsAndHugePagesDo(byteCount: Int, alignment: Int) {
        let memory = allocateAligned(byteCount: byteCount)
        defer { memory.deallocate() }
        #expect(UInt(bitPattern: memory) % UInt(alignment) == 0)
        memory.storeBytes(of: 1, toByteOffset: byteCount - 1, as: UInt8.self)
        #expect(memory.load(fromByteOffset: byteCount - 1, as: UInt8.self) == 1)
    }

    @Test func whereNobodyKnowsWhatIsThereEverythingPasses() throws {
        try MemoryNeed(tensorBytes: 1 << 50).check("This", available: nil, hint: "")
    }

    @Test func nothingIsCheckedWithinADryRun() throws {
        try MemoryMeter().measure { () throws(Failure) in
            try MemoryNeed.check("This", available: 0, hint: "") { () throws(Failure) in
                throw Failure(.bug, "a dry run was begun")
            }
        }
    }
}
