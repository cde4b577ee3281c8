import Diagnostics

extension LatentDiffusionPipeline {
    /// Makes one image.
    ///
    /// Throws `usage` where the settings cannot be met, `badInput` where the texts do not fit the model or the
    /// network's values are not finite.
    public func generate(_ request: ImageRequest, _ settings: GenerationSettings) throws(Failure) -> RGBPixels
    {
        try generate([request], settings)[0].get()
    }

    /// Makes several images side by side; each is the same, to the last bit, as if it were made alone.
    ///
    /// - Parameter progress: called after every step with the number of steps made, and of all.
    ///
    /// Throws `usage` where the settings cannot be met, `badInput` where the texts do not fit the model, and
    /// `outOfMemory`, before anything is computed, where there is too little for so many images. An image whose values
    /// are not finite is a failure among the results, which names the step; the others go on.
    public func generate(
        _ requests: [ImageRequest], _ settings: GenerationSettings,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(Failure) -> [Result<RGBPixels, Failure>] {
        guard !requests.isEmpty else { return [] }
        let size = try checkedSize(settings, requests)
        try check(requests, settings)
        try checkMemory(
            for: Work(
                images: requests.count, size: size, isGuided: settings.isGuided,
                isBegun: requests[0].initial != nil, tokens: requests[0].conditioning.tokens), size)
        return try workspaces.withWorkspace { workspace throws(Failure) in
            var sampling = try BatchSampling(self, requests, settings, size, workspace)
            for evaluation in sampling.timesteps.indices {
                sampling.advance(evaluation)
                progress(evaluation + 1, sampling.timesteps.count)
            }
            return sampling.images()
        }
    }

    /// The size asked for, if the networks can make it.
    private func checkedSize(
        _ settings: GenerationSettings, _ requests: [ImageRequest]
    ) throws(Failure) -> ImageSize {
        guard let size = settings.size ?? trainedSize else {
            throw Failure(
                .usage, "the model does not say which size its images have",
                hint: "Ask for a height and a width.")
        }
        let least = leastSize.height
        let sides = [size.height, size.width]
        guard sides.allSatisfy({ $0 >= least && $0 <= 4096 && $0.isMultiple(of: downsampling) }) else {
            throw Failure(
                .usage, "images of \(size.height) × \(size.width) pixels cannot be made by this model",
                hint: "Choose multiples of \(downsampling) from \(least) to 4096.")
        }
        for case let initial? in requests.map(\.initial) where initial.size != size {
            throw Failure(
                .usage,
                "an initial image has \(initial.size.height) × \(initial.size.width) pixels; "
                    + "\(size.height) × \(size.width) were asked for",
                hint: "Resize it, or ask for its size.")
        }
        return size
    }

    /// Refuses texts that do not fit the model or each other, and settings that no image can be made with.
    private func check(_ requests: [ImageRequest], _ settings: GenerationSettings) throws(Failure) {
        try settings.check()
        let tokens = requests[0].conditioning.tokens
        for request in requests {
            guard !settings.isGuided || request.unconditional != nil else {
                throw Failure(
                    .usage, "guidance \(settings.guidance) needs an unconditional embedding",
                    hint: "Give one, or ask for guidance 1.")
            }
            for text in [request.conditioning, request.unconditional].compactMap({ $0 }) {
                guard text.channels == unet.configuration.contextWidth, text.tokens == tokens, tokens > 0
                else {
                    throw Failure(
                        .badInput,
                        "a text embedding is \(text.tokens) × \(text.channels); the model takes "
                            + "\(unet.configuration.contextWidth) channels, of \(tokens) tokens in this batch",
                        hint: "Embed the texts with the model's own text encoder.")
                }
            }
        }
        let begun = requests.count { $0.initial != nil }
        guard begun == 0 || autoencoder.encodes else {
            throw Failure(
                .usage, "an image was given to begin with, and the pipeline was read without its encoder",
                hint: "Read the pipeline with it.")
        }
        guard begun == 0 || begun == requests.count else {
            throw Failure(
                .usage, "\(begun) of \(requests.count) images of a batch begin with an image",
                hint: "Make images with and without an initial one in separate batches.")
        }
    }
}
