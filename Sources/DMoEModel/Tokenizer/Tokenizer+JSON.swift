import DMoECore
public import Foundation

extension Tokenizer {
  /// Reads a Hugging Face `tokenizer.json` with a byte-level BPE model.
  ///
  /// The names of the BOS, EOS and padding tokens are in `tokenizer_config.json`, which is read too if it lies beside
  /// the file, and so are tokens that only it has. A token that is named and has no id is none.
  /// Post-processor, truncation and padding of the file are not applied. Texts are split as the file says:
  /// transformers 5 splits for some families as their class says, whatever the file has (`Docs/Keys.md`).
  ///
  /// - Throws: `TokenizerError.unreadableFile`, `.malformed`, `.missingToken` for an unknown token that is needed,
  ///   `.writableControlToken`, or `.unsupported` naming the part whose kind is not known.
  public init(tokenizerJSON url: URL) throws(TokenizerError) {
    let file = try Self.decode(TokenizerFile.self, url)
    let configurationURL = url.deletingLastPathComponent().appendingPathComponent("tokenizer_config.json")
    let hasConfiguration = FileManager.default.fileExists(atPath: configurationURL.path)
    try self.init(
      file, hasConfiguration ? TokenizerConfiguration(contentsOf: configurationURL) : TokenizerConfiguration())
  }

  private init(_ file: TokenizerFile, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    try Self.refuseUnknownOptions(of: file)
    let model = file.model
    let inFile = (file.addedTokens ?? []).map { token in
      AddedToken(
        content: token.content, id: token.id, isSpecial: token.special ?? false, isNormalized: token.normalized ?? true,
        isSingleWord: token.single_word ?? false, stripsLeft: token.lstrip ?? false, stripsRight: token.rstrip ?? false)
    }
    let greatest = model.vocab.values.max() ?? -1
    guard model.vocab.values.allSatisfy({ $0 >= 0 }), Int(greatest) < 2 * model.vocab.count + 1_000_000 else {
      throw .malformed(reason: "ids of the vocabulary reach from \(model.vocab.values.min() ?? -1) to \(greatest)")
    }
    var vocabulary = [String](repeating: "", count: Int(greatest) + 1)
    for (token, id) in model.vocab {
      guard vocabulary[Int(id)].isEmpty else { throw .malformed(reason: "two tokens have id \(id)") }
      vocabulary[Int(id)] = token
    }
    let added = try configuration.completing(inFile, vocabulary: model.vocab)
    func id(_ name: String?) -> Int32? {
      guard let name else { return nil }
      return added.last { $0.content.utf8.elementsEqual(name.utf8) }?.id ?? model.vocab[name]
    }
    // A vocabulary that has every byte needs no unknown token.
    if let name = model.unk_token, id(name) == nil,
      ByteAlphabet.characters.contains(where: { model.vocab[String($0)] == nil })
    {
      throw .missingToken(name)
    }
    try self.init(
      vocabulary: vocabulary, merges: model.merges.map(\.text), addedTokens: added,
      preTokenizer: try Self.preTokenizer(file.preTokenizer), normalization: try Self.normalization(file.normalizer),
      ignoresMerges: model.ignore_merges ?? false, unknownID: id(model.unk_token),
      fusesUnknown: model.fuse_unk ?? false, bosID: id(configuration.token("bos_token")?.content),
      eosID: id(configuration.token("eos_token")?.content), padID: id(configuration.token("pad_token")?.content))
  }

  private static func decode<File: Decodable>(_ type: File.Type, _ url: URL) throws(TokenizerError) -> File {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    do {
      // The decoder would take the first of two equal keys where `tokenizers` takes the last.
      _ = try JSONReader.value(of: data)
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw .malformed(reason: "\(url.lastPathComponent): \(reason(error))")
    }
  }

  /// What is wrong, by the line of a text that is no JSON, else by the place in the object.
  private static func reason(_ error: any Error) -> String {
    if let error = error as? JSONSyntaxError { return "\(error)" }
    guard let error = error as? DecodingError else { return "it cannot be read" }
    let (path, what): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
      case .valueNotFound(_, let context): (context.codingPath, "is null")
      case .typeMismatch(_, let context): (context.codingPath, "is of another kind than it should be")
      case .dataCorrupted(let context): (context.codingPath, "makes no sense")
      @unknown default: ([], "cannot be read")
      }
    let place = path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
    return "\(place.isEmpty ? "the file" : place) \(what)"
  }

  private static func refuseUnknownOptions(of file: TokenizerFile) throws(TokenizerError) {
    let model = file.model
    if let type = model.type, type != "BPE" { throw .unsupported(component: "model", found: type) }
    if model.byte_fallback == true { throw .unsupported(component: "model", found: "byte_fallback") }
    if let dropout = model.dropout, dropout != 0 { throw .unsupported(component: "model", found: "dropout \(dropout)") }
    if let prefix = model.continuing_subword_prefix, !prefix.isEmpty {
      throw .unsupported(component: "model", found: "continuing_subword_prefix \(prefix)")
    }
    if let suffix = model.end_of_word_suffix, !suffix.isEmpty {
      throw .unsupported(component: "model", found: "end_of_word_suffix \(suffix)")
    }
    if let decoder = file.decoder, !isByteLevel(decoder) {
      let parts = decoder.decoders.map { $0.map(\.type).joined(separator: " + ") }
      throw .unsupported(component: "decoder", found: parts ?? decoder.type)
    }
  }

  private static func isByteLevel(_ decoder: TokenizerFile.Component) -> Bool {
    guard decoder.type == "Sequence" else { return decoder.type == "ByteLevel" }
    guard let only = decoder.decoders?.first, decoder.decoders?.count == 1 else { return false }
    return isByteLevel(only)
  }

  private static func normalization(_ component: TokenizerFile.Component?) throws(TokenizerError) -> TextNormalization {
    guard let component else { return .none }
    switch component.type {
    case "NFC": return .canonicalComposition
    case "Sequence":
      let parts = component.normalizers ?? []
      if parts.isEmpty { return .none }
      if parts.count == 1 { return try normalization(parts[0]) }
      throw .unsupported(component: "normalizer", found: parts.map(\.type).joined(separator: " + "))
    default: throw .unsupported(component: "normalizer", found: component.type)
    }
  }

  /// Recognises a pre-tokenizer by its structure and its regular expressions, not by the name of the model.
  private static func preTokenizer(_ component: TokenizerFile.Component?) throws(TokenizerError) -> PreTokenizer {
    guard let component else { throw .unsupported(component: "pre-tokenizer", found: "none") }
    let parts = component.type == "Sequence" ? component.pretokenizers ?? [] : [component]
    if let part = parts.first(where: { $0.type == "ByteLevel" && $0.add_prefix_space != false }) {
      throw .unsupported(component: "pre-tokenizer", found: "\(part.type) with add_prefix_space")
    }
    let types = parts.map(\.type)
    let splitsByRegex = parts.last?.use_regex ?? true
    switch types {
    case ["ByteLevel"] where splitsByRegex: return .gpt2
    case ["Digits", "ByteLevel"] where splitsByRegex && parts[0].individual_digits == true: return .smolLM
    case ["Split", "ByteLevel"] where !splitsByRegex && parts[0].behavior == "Isolated" && parts[0].invert != true:
      let pattern = parts[0].pattern?.Regex ?? parts[0].pattern?.String ?? "no pattern"
      switch parts[0].pattern?.Regex {
      case llama3Pattern: return .llama3
      case llama3Pattern.replacingOccurrences(of: "{1,3}", with: ""): return .qwen2
      default: throw .unsupported(component: "pre-tokenizer pattern", found: pattern)
      }
    default:
      throw .unsupported(component: "pre-tokenizer", found: types.joined(separator: " + ") + " with these options")
    }
  }

  private static let llama3Pattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
    + #"|\s+(?!\S)|\s+"#
}
