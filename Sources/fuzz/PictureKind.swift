import Diagnostics
import ImageCodecs

/// Pictures of one format.
struct PictureKind: Kind {
    private let pictures: [[UInt8]]

    init(_ material: Material, _ ending: String) throws(Failure) {
        let folder = "\(material.fixtures)/ImageCodecs"
        pictures = try FileTree(folder).filter { $0.hasSuffix(".\(ending)") }.files.map(\.bytes)
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        var bytes = Mutation.bytes(dice.pick(pictures), others: pictures, &dice)
        if dice.once(in: 2) { bytes = Repairs.checksums(ofPNG: bytes) }
        try scratch.keep(bytes)
        let (picture, _) = try ImageFile.decode(bytes, name: "it")
        guard picture.pixels.count == 3 * picture.width * picture.height else {
            throw .broken("a picture has other pixels than its size says")
        }
        guard let promised = ImageFile.pixelCount(of: bytes), promised == picture.width * picture.height
        else {
            throw .broken("a picture's header promises other pixels than there are")
        }
    }
}

/// Files of the MNIST family, plain and packed.
struct IDXKind: Kind {
    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        let shape = dice.once(in: 2) ? [dice.below(20)] : [dice.below(5), dice.below(6), dice.below(6)]
        let head: [UInt8] = [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, UInt8($0)] }
        let size = shape.reduce(1, *)
        var bytes = head + (0..<size).map { _ in UInt8(dice.below(256)) }
        if !dice.once(in: 8) { bytes = Mutation.bytes(bytes, &dice) }
        if dice.once(in: 3) {
            bytes = Repairs.gzip(bytes)
            if dice.once(in: 2) { bytes = Mutation.bytes(bytes, &dice) }
        }
        try scratch.keep(bytes)
        let file = try IDXFile(parsing: bytes, name: "it")
        if file.shape.count == 3 { for index in 0..<file.count { _ = file.picture(index).count } }
    }
}
