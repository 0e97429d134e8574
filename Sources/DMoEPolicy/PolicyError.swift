public import protocol Foundation.LocalizedError

/// What can be wrong with a language model that is to write.
///
/// Prompts that are empty, too long or hold ids outside the vocabulary are `ModelError`s, settings outside their range
/// `CoreError.outOfRange`.
public enum PolicyError: Error, Equatable, Sendable {
  /// The backbone has no tokenizer, which what was asked for needs: text in, text out, or an end that is text.
  case noTokenizer(backbone: String)
  /// The backbone's files name no chat template, and none was given.
  case noTemplate(backbone: String)
  /// There is no adapter to write: the model is the backbone as it was read.
  case noAdapter
  /// A reward function gave another number of rewards than there are responses.
  case rewardCount(found: Int, expected: Int)
  /// A logit that is not a number, or none that is finite, at a place of a sample, counted from 0.
  case nonFiniteLogits(prompt: Int, sample: Int, position: Int)
}

extension PolicyError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .noTokenizer(let backbone): "\(backbone) has no tokenizer: give token ids, and take token ids"
    case .noTemplate(let backbone): "\(backbone) names no chat template: name one, or give token ids"
    case .noAdapter: "the model has no adapter to write"
    case .rewardCount(let found, let expected): "\(found) rewards for \(expected) responses"
    case .nonFiniteLogits(let prompt, let sample, let position):
      "the logits of token \(position) of sample \(sample) to prompt \(prompt) are not finite"
    }
  }
}

extension PolicyError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
