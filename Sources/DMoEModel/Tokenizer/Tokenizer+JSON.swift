import DMoECore
public import Foundation

extension Tokenizer {
  /// Reads a Hugging Face `tokenizer.json` with a BPE model, byte-level or by characters as SentencePiece's.
  ///
  /// The names of the BOS, EOS and padding tokens are in `tokenizer_config.json`, which is read too if it lies beside
  /// the file, and so are tokens that only it has. A token that is named and has no id is none.
  /// Post-processor, truncation and padding of the file are not applied. Texts are split as the file says:
  /// transformers 5 splits for some families as their class says, whatever the file has (`Docs/Keys.md`).
  ///
  /// - Throws: `TokenizerError.unreadableFile`, `.malformed`, `.missingToken` for an unknown token that is needed,
  ///   `.writableControlToken`, or `.unsupported` naming the part whose kind is not known.
  public init(tokenizerJSON url: URL) throws(TokenizerError) {
    let file = try Self.file(url)
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
      vocabulary[Int(id)] = token.text
    }
    let added = try configuration.completing(inFile, vocabulary: model.vocab)
    func id(_ name: String?) -> Int32? {
      guard let name else { return nil }
      return added.last { $0.content.utf8.elementsEqual(name.utf8) }?.id ?? model.vocab[ExactText(name)]
    }
    let (bosID, eosID, padID) = (
      id(configuration.token("bos_token")?.content), id(configuration.token("eos_token")?.content),
      id(configuration.token("pad_token")?.content)
    )
    guard Self.isByteLevel(file) else {
      if let name = model.unk_token, id(name) == nil, !Self.hasAllBytes(model) { throw .missingToken(name) }
      try self.init(
        vocabulary: vocabulary, characterMerges: .ranked(model.merges), addedTokens: added,
        metaspace: try Self.metaspace(file.preTokenizer, file.normalizer),
        normalization: try Self.normalization(file.normalizer), fallsBackOnBytes: model.byte_fallback ?? false,
        ignoresMerges: model.ignore_merges ?? false, unknownID: id(model.unk_token),
        fusesUnknown: model.fuse_unk ?? false,
        decodesBytes: file.decoder?.parts.contains { $0.type == "ByteFallback" } ?? false,
        stripsFirstBlank: Self.stripsFirstBlank(file.decoder), bosID: bosID, eosID: eosID, padID: padID)
      return
    }
    // A vocabulary that has every byte needs no unknown token.
    if let name = model.unk_token, id(name) == nil,
      ByteAlphabet.characters.contains(where: { model.vocab[ExactText(String($0))] == nil })
    {
      throw .missingToken(name)
    }
    try self.init(
      vocabulary: vocabulary, merges: model.merges, addedTokens: added,
      preTokenizer: try Self.preTokenizer(file.preTokenizer), normalization: try Self.normalization(file.normalizer),
      ignoresMerges: model.ignore_merges ?? false, unknownID: id(model.unk_token),
      fusesUnknown: model.fuse_unk ?? false, bosID: bosID, eosID: eosID, padID: padID)
  }

  /// Whether tokens spell bytes in GPT-2's alphabet: then a pre-tokenizer or the decoder says so.
  private static func isByteLevel(_ file: TokenizerFile) -> Bool {
    [file.preTokenizer, file.decoder].contains { $0?.parts.contains { $0.type == "ByteLevel" } ?? false }
  }

  private static func hasAllBytes(_ model: TokenizerFile.Model) -> Bool {
    model.byte_fallback == true
      && (UInt8.min...UInt8.max).allSatisfy { model.vocab[ExactText(CharacterSymbols.token(ofByte: $0))] != nil }
  }

  private static func file(_ url: URL) throws(TokenizerError) -> TokenizerFile {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    do {
      // The decoder would take the first of two equal keys where `tokenizers` takes the last.
      let tree = try JSONReader.value(of: data)
      var file = try JSONDecoder().decode(TokenizerFile.self, from: Data(withoutLists(tree).json.utf8))
      guard file.model.isKnown else { return file }
      let model = tree.object?["model"]?.object
      file.model.vocab = try vocabulary(model?["vocab"])
      file.model.merges = try merges(model?["merges"])
      return file
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .malformed(reason: "\(url.lastPathComponent): \(reason(error))")
    }
  }

  /// The file without its two long lists, each of some hundred thousand members, which are read straight from the tree.
  private static func withoutLists(_ tree: JSONValue) -> JSONValue {
    guard let root = tree.object, let model = root["model"]?.object else { return tree }
    let rest = JSONObject(model.members.filter { $0.key != "vocab" && $0.key != "merges" })
    return .object(root.setting("model", .object(rest)))
  }

  /// "a b" in older files, ["a", "b"] in newer ones.
  private static func merges(_ value: JSONValue?) throws(TokenizerError) -> [String] {
    func malformed(_ reason: String) -> TokenizerError { .malformed(reason: "tokenizer.json: model.merges\(reason)") }
    guard let value else { throw malformed(" is missing") }
    guard let list = value.array else { throw malformed(" is of another kind than it should be") }
    var result: [String] = []
    result.reserveCapacity(list.count)
    for (index, merge) in list.enumerated() {
      // Tokens hold no space; where one does, the joined merge has two and is refused later.
      guard let text = merge.string ?? merge.strings?.joined(separator: " ") else {
        throw malformed(".[\(index)] is of another kind than it should be")
      }
      result.append(text)
    }
    return result
  }

  private static func vocabulary(_ value: JSONValue?) throws(TokenizerError) -> [ExactText: Int32] {
    func malformed(_ reason: String) -> TokenizerError { .malformed(reason: "tokenizer.json: model.vocab\(reason)") }
    guard let value else { throw malformed(" is missing") }
    guard let members = value.object?.members else { throw malformed(" is of another kind than it should be") }
    var result = [ExactText: Int32](minimumCapacity: members.count)
    for member in members {
      guard let id = member.value.int.flatMap(Int32.init(exactly:)) else {
        throw malformed(".\(member.key) is no token id")
      }
      result[ExactText(member.key)] = id
    }
    return result
  }

  /// What is wrong, by the line of a text that is no JSON, else by the place in the object.
  static func reason(_ error: any Error) -> String {
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
    if model.byte_fallback == true, isByteLevel(file) {
      throw .unsupported(component: "model", found: "byte_fallback in a byte-level vocabulary")
    }
    if let dropout = model.dropout, dropout != 0 { throw .unsupported(component: "model", found: "dropout \(dropout)") }
    if let prefix = model.continuing_subword_prefix, !prefix.isEmpty {
      throw .unsupported(component: "model", found: "continuing_subword_prefix \(prefix)")
    }
    if let suffix = model.end_of_word_suffix, !suffix.isEmpty {
      throw .unsupported(component: "model", found: "end_of_word_suffix \(suffix)")
    }
    if let decoder = file.decoder, !isKnown(decoder, isByteLevel: isByteLevel(file)) {
      throw .unsupported(component: "decoder", found: decoder.parts.map(\.type).joined(separator: " + "))
    }
  }

  private static func isKnown(_ decoder: TokenizerFile.Component, isByteLevel: Bool) -> Bool {
    let types = decoder.parts.map(\.type)
    if isByteLevel { return types == ["ByteLevel"] }
    guard types.first == "Replace" else { return types == ["Metaspace"] }
    guard decoder.parts[0].pattern?.String == "\u{2581}", decoder.parts[0].content == " " else { return false }
    let rest = Array(types.dropFirst())
    guard rest.last == "Strip" else { return rest == ["ByteFallback", "Fuse"] }
    let strip = decoder.parts[types.count - 1]
    return rest == ["ByteFallback", "Fuse", "Strip"] && strip.content == " " && strip.start == 1 && strip.stop == 0
  }

  private static func stripsFirstBlank(_ decoder: TokenizerFile.Component?) -> Bool {
    guard let last = decoder?.parts.last else { return false }
    return last.type == "Strip" || (last.type == "Metaspace" && prepending(last) != .never)
  }

  private static func normalization(_ component: TokenizerFile.Component?) throws(TokenizerError) -> TextNormalization {
    var steps: [TextNormalization.Step] = []
    for part in component?.parts ?? [] {
      switch (part.type, part.pattern?.String, part.content) {
      case ("NFC", _, _): steps.append(.composeCanonically)
      case ("Prepend", _, _): steps.append(.prepend(part.prepend ?? ""))
      case ("Replace", let old?, let new?) where !old.isEmpty: steps.append(.replace(old, with: new))
      default:
        throw .unsupported(component: "normalizer", found: part.type + (part.pattern == nil ? "" : " by pattern"))
      }
    }
    return TextNormalization(steps)
  }

  /// How blanks are marked and words cut in a vocabulary of characters; `nil` for a text that is one word.
  private static func metaspace(
    _ component: TokenizerFile.Component?, _ normalizer: TokenizerFile.Component?
  ) throws(TokenizerError) -> Metaspace? {
    let parts = component?.parts ?? []
    guard let part = parts.first else { return nil }
    func refusal(_ found: String) -> TokenizerError { .unsupported(component: "pre-tokenizer", found: found) }
    guard parts.count == 1 else { throw refusal(parts.map(\.type).joined(separator: " + ")) }
    switch part.type {
    case "Metaspace":
      guard part.replacement == "\u{2581}" else {
        throw refusal("Metaspace with \(part.replacement ?? "no character")")
      }
      return Metaspace(prepending: prepending(part), splits: part.split ?? true)
    case "Split":
      // Gemma's: blanks are cut at that the normalizer leaves none of.
      let leavesNone = normalizer?.parts.contains {
        $0.type == "Replace" && $0.pattern?.String == " " && !($0.content ?? " ").contains(" ")
      }
      guard part.pattern?.String == " ", leavesNone == true else {
        throw refusal("Split of a vocabulary of characters")
      }
      return nil
    default: throw refusal(part.type)
    }
  }

  private static func prepending(_ part: TokenizerFile.Component) -> Metaspace.Prepending {
    // Older files have a flag in place of the scheme.
    part.prepend_scheme.flatMap(Metaspace.Prepending.init) ?? (part.add_prefix_space == false ? .never : .always)
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
      let pattern = parts[0].pattern?.Regex
      if let pattern, let known = PreTokenizer.allCases.first(where: { $0.pattern == pattern }) { return known }
      throw .unsupported(
        component: "pre-tokenizer pattern", found: pattern ?? parts[0].pattern?.String ?? "no pattern")
    default:
      throw .unsupported(component: "pre-tokenizer", found: types.joined(separator: " + ") + " with these options")
    }
  }
}
