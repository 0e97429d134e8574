import DMoECore
import Foundation

/// What a `tokenizer_config.json` beside a `tokenizer.json` says of tokens.
struct TokenizerConfiguration {
  /// The tokens that it names, each by its key (`bos_token`), and those of its lists.
  private(set) var named: [(key: String, token: Token)] = []
  /// `added_tokens_decoder`, in the order of the ids.
  private(set) var added: [(id: Int32, token: Token)] = []

  /// A token as a string, or as an object with flags.
  struct Token {
    var content: String
    var isSingleWord = false
    var stripsLeft = false
    var stripsRight = false
    /// `nil`: as usual, which is that control tokens are looked for in the raw text.
    var isNormalized: Bool?
    var isSpecial: Bool?

    init?(_ value: JSONValue?) {
      switch value {
      case .string(let text)?: content = text
      case .object(let members)?:
        guard let text = members["content"]?.string else { return nil }
        content = text
        isSingleWord = members["single_word"]?.bool ?? false
        stripsLeft = members["lstrip"]?.bool ?? false
        stripsRight = members["rstrip"]?.bool ?? false
        isNormalized = members["normalized"]?.bool
        isSpecial = members["special"]?.bool
      default: return nil
      }
    }

    func added(id: Int32, isSpecial: Bool) -> AddedToken {
      AddedToken(
        content: content, id: id, isSpecial: isSpecial, isNormalized: isNormalized ?? !isSpecial,
        isSingleWord: isSingleWord, stripsLeft: stripsLeft, stripsRight: stripsRight)
    }
  }

  init() {}

  /// - Throws: `TokenizerError.unreadableFile`, `.malformed`; `.unsupported` for a setting that changes ids.
  init(contentsOf url: URL) throws(TokenizerError) {
    let name = url.lastPathComponent
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    let value: JSONValue
    do { value = try JSONReader.value(of: data) } catch { throw .malformed(reason: "\(name): \(error)") }
    guard let members = value.object else { throw .malformed(reason: "\(name) is no JSON object") }
    for key in members.keys {
      guard let value = members[key], case .refused(let isHarmless) = KeyTable.tokenizer.treatment(of: key),
        !isHarmless(value)
      else { continue }
      // Only GPT-2's classes put a space where tokenizer.json has none.
      if key == "add_prefix_space", members["tokenizer_class"]?.string?.hasPrefix("GPT2") != true { continue }
      throw .unsupported(component: name, found: "\(key) = \(value)")
    }
    try readNames(members, name)
    try readAdded(members["added_tokens_decoder"], name)
  }

  /// The token that a key names, if it names one.
  func token(_ key: String) -> Token? { named.last { $0.key == key }?.token }

  /// In the order in which transformers adds them.
  fileprivate static let names = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]
  fileprivate static let lists = ["additional_special_tokens", "extra_special_tokens"]

  private mutating func readNames(_ members: JSONObject, _ file: String) throws(TokenizerError) {
    for key in Self.names {
      guard let value = members[key], value != .null else { continue }
      guard let token = Token(value) else { throw .malformed(reason: "\(file): \(key) is no token") }
      named.append((key, token))
    }
    for key in Self.lists {
      // Newer files may have a table of names here, older ones a list.
      let values =
        members[key]?.array ?? members[key]?.object.map { table in table.keys.compactMap { table[$0] } } ?? []
      for value in values {
        guard let token = Token(value) else { throw .malformed(reason: "\(file): \(key) has what is no token") }
        named.append((key, token))
      }
    }
  }

  private mutating func readAdded(_ value: JSONValue?, _ file: String) throws(TokenizerError) {
    guard let value, value != .null else { return }
    guard let table = value.object else { throw .malformed(reason: "\(file): added_tokens_decoder is no table") }
    for key in table.keys {
      guard let id = Int32(key), let token = Token(table[key]) else {
        throw .malformed(reason: "\(file): added_tokens_decoder has no token for \(key)")
      }
      added.append((id, token))
    }
    added.sort { $0.id < $1.id }
  }
}

extension KeyTable {
  /// `tokenizer_config.json`: transformers' `tokenization_utils_tokenizers.py`. Other keys have no effect on ids.
  static let tokenizer = KeyTable(
    honored: TokenizerConfiguration.names + TokenizerConfiguration.lists + ["added_tokens_decoder"],
    refused: ["add_prefix_space": { $0 != true }, "split_special_tokens": { $0 != true }], withoutEffect: [])
}

extension TokenizerConfiguration {
  /// The tokens of `tokenizer.json` with those of this file, as transformers adds them: a token that both have keeps its
  /// id and gets the flags that are said here.
  ///
  /// A token that is named and has no id is none: transformers gives it one behind the vocabulary, for which a
  /// backbone has no embedding.
  ///
  /// - Throws: `TokenizerError.malformed` for an id that the vocabulary contradicts.
  func completing(
    _ tokens: [AddedToken], vocabulary: [ExactText: Int32]
  ) throws(TokenizerError) -> [AddedToken] {
    var result = tokens
    func place(of content: String) -> Int? { result.lastIndex { $0.content.utf8.elementsEqual(content.utf8) } }
    let special = Set(named.map { ExactText($0.token.content) })
    for (id, token) in added where !token.content.isEmpty {
      let isSpecial = token.isSpecial ?? false || special.contains(ExactText(token.content))
      if let place = place(of: token.content) {
        result[place] = token.added(id: result[place].id, isSpecial: isSpecial)
        continue
      }
      let last = max(vocabulary.values.max() ?? -1, result.map(\.id).max() ?? -1)
      let given = vocabulary[ExactText(token.content)] ?? last + 1
      guard given == id else {
        throw .malformed(
          reason: "tokenizer_config.json gives \(token.content) the id \(id), tokenizer.json has it as \(given)")
      }
      result.append(token.added(id: id, isSpecial: isSpecial))
    }
    for (_, token) in named where place(of: token.content) == nil {
      guard let id = vocabulary[ExactText(token.content)] else { continue }
      result.append(token.added(id: id, isSpecial: true))
    }
    return result
  }
}
