import DMoECore
import DMoEModel

extension LanguageModel {
  /// Checks what is to be written before anything is computed.
  ///
  /// - Throws: As `generate(ids:count:options:)`.
  func check(_ prompts: [[Int32]], count: Int, _ options: GenerationOptions) throws {
    guard (1...Self.mostSamples).contains(count) else {
      throw CoreError.outOfRange("count", value: "\(count)", allowed: "from 1 to \(Self.mostSamples)")
    }
    try options.validate()
    guard count <= Int.max - options.firstSample else {
      throw CoreError.outOfRange("firstSample", value: "\(options.firstSample)", allowed: "less, for all samples")
    }
    if !options.stopStrings.isEmpty { _ = try tokenizer() }
    let size = backbone.configuration.vocabularySize
    for id in options.stopTokens ?? [] where id < 0 || Int(id) >= size {
      throw ModelError.invalidToken(id: id, vocabularySize: size)
    }
    try check(prompts)
  }

  /// Checks that prompts can be gone on from.
  ///
  /// - Throws: `ModelError.emptyInput`, `.invalidToken`, `.overLength`.
  package func check(_ prompts: [[Int32]]) throws {
    for (place, prompt) in prompts.enumerated() { try check(prompt, place: prompts.count > 1 ? place : nil) }
  }

  private static let mostSamples = 1 << 24

  /// - Parameter place: Where the prompt stands among several.
  private func check(_ prompt: [Int32], place: Int?) throws {
    guard !prompt.isEmpty else {
      throw ModelError.emptyInput(place.map { "prompt \($0)" } ?? "the prompt")
    }
    let configuration = backbone.configuration
    for id in prompt where id < 0 || Int(id) >= configuration.vocabularySize {
      throw ModelError.invalidToken(id: id, vocabularySize: configuration.vocabularySize)
    }
    guard prompt.count < configuration.generationLimit else {
      throw ModelError.overLength(
        OverLength(
          text: .conversation, conversation: place, tokens: prompt.count, limit: configuration.generationLimit))
    }
  }
}
