import DMoECore
import Foundation

/// tokenizer.json of the byte-level BPE tokenizer in a GGUF file.
struct TokenizerJSON {
  private let tokens: [String]
  private let merges: [String]
  private let types: [Int]
  private let rules: PreTokenizer
  private let ignoresMerges: Bool
  private let ids: (bos: Int?, eos: Int?, pad: Int?)

  init(_ file: GGUFFile) throws {
    tokens = try file.strings("tokenizer.ggml.tokens")
    merges = try file.strings("tokenizer.ggml.merges")
    types = try file.integers("tokenizer.ggml.token_type")
    (rules, ignoresMerges) = try PreTokenizer.named(try file.string("tokenizer.ggml.pre"))
    func id(_ name: String) throws -> Int? { try file.integerIfPresent("tokenizer.ggml.\(name)_token_id") }
    ids = (try id("bos"), try id("eos"), try id("padding"))
  }

  /// The file's members, and the tokens with a task by their spelling.
  func parts() -> (fields: [String: Any], special: (bos: String?, eos: String?, pad: String?)) {
    var vocabulary: [String: Int] = [:]
    var added: [[String: Any]] = []
    for (id, token) in tokens.enumerated() {
      // Those that are found as a whole as well: `tokenizers` numbers an added token that no vocabulary has anew.
      vocabulary[token] = id
      // Types of GGUF: 3 is control, 4 user-defined; both are found in the text as a whole.
      guard types[id] == 3 || types[id] == 4 else { continue }
      added.append([
        "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": types[id] == 3,
      ])
    }
    let pairs = merges.map { merge in merge.split(separator: " ", maxSplits: 1).map(String.init) }
    var fields: [String: Any] = [
      "version": "1.0", "added_tokens": added, "pre_tokenizer": preTokenizer,
      "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true]
        as [String: Any],
      "model": [
        "type": "BPE", "vocab": vocabulary, "merges": pairs, "ignore_merges": ignoresMerges, "fuse_unk": false,
        "byte_fallback": false,
      ] as [String: Any],
    ]
    if rules.usualNormalization == .canonicalComposition { fields["normalizer"] = ["type": "NFC"] }
    func spelling(_ id: Int?) -> String? { id.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil } }
    return (fields, (spelling(ids.bos), spelling(ids.eos), spelling(ids.pad)))
  }

  private var preTokenizer: [String: Any] {
    func byteLevel(usesRegex: Bool) -> [String: Any] {
      ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": usesRegex]
    }
    func sequence(_ parts: [[String: Any]]) -> [String: Any] { ["type": "Sequence", "pretokenizers": parts] }
    if rules == .gpt2 { return byteLevel(usesRegex: true) }
    guard let pattern = rules.pattern else {
      return sequence([["type": "Digits", "individual_digits": true], byteLevel(usesRegex: true)])
    }
    return sequence([
      ["type": "Split", "behavior": "Isolated", "invert": false, "pattern": ["Regex": pattern]],
      byteLevel(usesRegex: false),
    ])
  }
}
