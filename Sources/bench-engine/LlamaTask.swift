import Diagnostics
import Kernels
import LanguageModels

/// Greedy decoding: `prompts` [B, T], and in the reference's `output` [B, N] the number of new tokens.
struct LlamaTask: EngineTask {
    private let model: LlamaModel
    private let prompts: [[Int]]
    private let limit: Int

    init(_ data: RecordedData, _ precision: Precision) throws(Failure) {
        model = try LlamaModel(directory: data.folder, precision: precision)
        let (shape, tokens) = try data.integers("prompts", [nil, nil])
        prompts = (0..<shape[0]).map { Array(tokens[$0 * shape[1]..<($0 + 1) * shape[1]]) }
        limit = try data.tensor("output", [prompts.count, nil]).shape[1]
    }

    func run() throws(Failure) -> RecordedTensor {
        let made = try LlamaDecoder(model, prompts: prompts, limit: limit).decodeGreedily(
            limit: limit, ends: [])
        return RecordedTensor(shape: [made.count, limit], values: made.flatMap { $0.map(Float.init) })
    }
}
