public import protocol Foundation.LocalizedError

/// What can be wrong with a backbone, an adapter, a bundle or a text to score.
public enum ModelError: Error, Equatable, Sendable {
  /// The folder or file is no backbone that can be read.
  case unreadableBackbone(path: String, reason: String)
  /// The architecture is not one of the implemented families.
  case unsupportedArchitecture(String, path: String)
  /// A setting of the configuration that changes the arithmetic and is not implemented.
  case unsupportedSetting(key: String, value: String, path: String)
  /// A configuration lacks a field or holds a value that makes no sense.
  case invalidConfiguration(key: String, reason: String, path: String)
  /// An adapter folder uses a feature that is not implemented, or contradicts itself.
  case unsupportedAdapter(path: String, reason: String)
  /// The adapter does not fit the backbone.
  case adapterMismatch(path: String, reason: String)
  /// A bundle's file is missing, unknown, or contradicts another.
  case malformedBundle(path: String, reason: String)
  /// The backbone is not the one the bundle was trained on.
  case backboneMismatch(expected: String, found: String)
  /// A golden text of the bundle does not get its recorded reward here.
  case goldenMismatch(index: Int, expected: Float, found: Float)
  /// A token id outside the vocabulary.
  case invalidToken(id: Int32, vocabularySize: Int)
  /// A text without tokens, a response that is all white space, or a conversation without a user turn.
  case emptyInput(String)
  /// The text is longer than the model may read.
  case overLength(OverLength)
  /// A reward that is not a finite number.
  case nonFiniteReward(category: String)
  /// The category is not in the taxonomy.
  case unknownCategory(String)
  /// No model of this name comes with the library.
  case unknownModel(String, known: [String])
  /// The category is in the taxonomy, but this model was not trained for it.
  case untrainedCategory(String)
  /// No category of this model has been trained, and it was not told to score all the same.
  case untrainedModel
  /// Several categories are trained but the router is not, and no category was named.
  case untrainedRouter
  /// The prompt was prepared by another model, or by this one before its weights changed.
  case stalePrompt
  /// A setting has a value that no model can have, or none over this backbone; its path is as one types it, and the
  /// reason goes on from there.
  case invalidSetting(path: String, reason: String)
  /// The model's configuration contradicts itself or the backbone.
  case invalidModel(reason: String)
}

extension ModelError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do; never the text of a prompt or response.
  public var description: String {
    switch self {
    case .unreadableBackbone(let path, let reason): "cannot read the backbone \(path): \(reason)"
    case .unsupportedArchitecture(let name, let path):
      "\(path): architecture \(name) is not supported (llama, qwen2 and qwen3 are)"
    case .unsupportedSetting(let key, let value, let path): "\(path): \(key) = \(value) is not supported"
    case .invalidConfiguration(let key, let reason, let path): "\(path): \(key) \(reason)"
    case .unsupportedAdapter(let path, let reason): "adapter \(path): \(reason)"
    case .adapterMismatch(let path, let reason): "adapter \(path) does not fit the backbone: \(reason)"
    case .malformedBundle(let path, let reason): "bundle \(path): \(reason)"
    case .backboneMismatch(let expected, let found):
      "the bundle was trained on backbone \(expected), this one is \(found)"
    case .goldenMismatch(let index, let expected, let found):
      "golden text \(index) of the bundle scores \(found) here, \(expected) where it was written"
    case .stalePrompt: "the prompt was prepared by another model, or before this one's weights changed"
    case .invalidToken(let id, let size): "token id \(id) is not in the vocabulary of \(size)"
    case .emptyInput(let what): "\(what) is empty"
    case .overLength(let what): what.description
    case .nonFiniteReward(let category): "the reward of category \(category) is not finite"
    case .unknownModel(let name, let known):
      "no model \(name) comes with the library; there is \(known.joined(separator: ", "))"
    case .unknownCategory(let id): "category \(id) is not in the model's taxonomy"
    case .untrainedCategory(let id): "the model was not trained for category \(id)"
    case .untrainedModel:
      "the model is not trained, and its rewards would be random numbers"
    case .untrainedRouter:
      "the router is not trained and cannot choose among the model's categories; train it, or name the category"
    case .invalidSetting(let path, let reason): "the model's configuration is wrong: \(path) \(reason)"
    case .invalidModel(let reason): "the model's configuration is wrong: \(reason)"
    }
  }
}

extension ModelError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
