/// Memory for floats, freed with its last owner; aligned for any vector unit.
final class Storage {
    let base: UnsafeMutablePointer<Float>
    let capacity: Int

    init(capacity: Int) {
        let bytes = max(capacity, 1) * MemoryLayout<Float>.stride
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
            to: Float.self, capacity: max(capacity, 1))
        self.capacity = capacity
    }

    deinit { base.deallocate() }
}
