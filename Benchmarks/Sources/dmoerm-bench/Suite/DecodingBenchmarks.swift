import DMoEPolicy
import DMoERM

/// Tokens a second that a language model writes, the reading of the prompts included.
enum DecodingBenchmarks {
  struct Shape {
    let prompts: Int
    let samples: Int
    /// Of every prompt, and of every text that is written.
    var tokens = 64
    var item: String { "decode/\(prompts)x\(samples)x\(tokens)" }
    var written: Int { prompts * samples * tokens }
  }

  static let shapes = [Shape(prompts: 1, samples: 1), Shape(prompts: 8, samples: 8)]

  static func all(_ engines: Engines) -> [Benchmark] {
    shapes.map { shape in
      Benchmark(item: shape.item, unit: .tokens, work: Double(shape.written)) {
        try engines.contenders { engine in
          let model = try LanguageModel(backbone: try engines.backbone(engine), options: engine.options)
          let ids = Workload.ids(
            shape.prompts * shape.tokens, vocabularySize: model.backbone.configuration.vocabularySize)
          let prompts = (0..<shape.prompts).map { Array(ids[$0 * shape.tokens..<($0 + 1) * shape.tokens]) }
          // No token ends a text, so that all work is done.
          let options = GenerationOptions(
            maximumTokens: shape.tokens, stopTokens: [], concurrency: shape.prompts * shape.samples)
          return { _ = try model.generate(ids: prompts, count: shape.samples, options: options) }
        }
      }
    }
  }
}
