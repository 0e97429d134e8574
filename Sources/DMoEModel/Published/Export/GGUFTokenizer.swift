import DMoECore
import Foundation

/// A backbone's tokenizer as the metadata of a GGUF file.
enum GGUFTokenizer {
  /// - Parameter source: The file or folder that the backbone was read from.
  /// - Throws: `ModelError.inexpressible` for a tokenizer that is not written.
  static func metadata(of backbone: Backbone, at source: URL) throws -> [(key: String, value: GGUFWriter.Value)] {
    let own =
      try source.isFolder
      ? metadata(of: backbone, tokenizerJSON: source.appendingPathComponent("tokenizer.json"))
      : metadata(of: GGUFFile(contentsOf: source))
    // The templates write the first token themselves, where there is one.
    return own + ["add_bos_token", "add_eos_token"].map { (prefix + $0, .bool(false)) }
  }

  private static let prefix = "tokenizer.ggml."

  /// What the file itself has.
  private static func metadata(of file: GGUFFile) throws -> [(key: String, value: GGUFWriter.Value)] {
    try file.metadata.keys.filter {
      $0.hasPrefix(prefix) && !$0.hasSuffix("add_bos_token") && !$0.hasSuffix("add_eos_token")
    }
    .sorted().compactMap { key in
      switch file.metadata[key] {
      case .unsigned(let number)?: return (key, .uint32(UInt32(clamping: number)))
      case .signed(let number)?: return number < 0 ? nil : (key, .uint32(UInt32(clamping: number)))
      case .float(let number)?: return (key, .float32(Float(number)))
      case .bool(let flag)?: return (key, .bool(flag))
      case .string(let text)?: return (key, .string(text))
      case .array?:
        switch key.dropFirst(prefix.count) {
        case "tokens", "merges": return (key, .strings(try file.strings(key)))
        case "scores": return (key, .float32s(try file.floats(key)))
        case "token_type": return (key, .int32s(try file.integers(key).map { Int32(clamping: $0) }))
        // Others are of tokenizers that are not read.
        default: return nil
        }
      case nil: return nil
      }
    }
  }

  private static func metadata(
    of backbone: Backbone, tokenizerJSON url: URL
  ) throws -> [(key: String, value: GGUFWriter.Value)] {
    guard let tokenizer = backbone.tokenizer, let rules = tokenizer.preTokenizer else {
      throw ModelError.inexpressible(
        "a tokenizer of characters (SentencePiece) is not written from tokenizer.json; over a GGUF file of the same backbone it is"
      )
    }
    let file = try Tokenizer.file(url)
    guard let name = rules.ggufName(ignoringMerges: file.model.ignore_merges ?? false) else {
      throw ModelError.inexpressible(
        "llama.cpp has no tokenizer that cuts texts by the rules \(rules.rawValue) and "
          + "\(file.model.ignore_merges == true ? "takes" : "does not take") a word that is a token whole")
    }
    let added = Dictionary(tokenizer.parts.addedTokens.map { ($0.id, $0) }) { $1 }
    var (tokens, types): ([String], [Int32]) = ([], [])
    for id in 0..<max(backbone.configuration.vocabularySize, tokenizer.vocabularySize) {
      let spelling =
        id < tokenizer.parts.tokens.count ? String(decoding: tokenizer.parts.tokens[id], as: UTF8.self) : ""
      // GGUF's types: 1 is normal, 3 control, 4 user-defined, 5 unused.
      let type: Int32 = spelling.isEmpty ? 5 : added[Int32(id)].map { $0.isSpecial ? 3 : 4 } ?? 1
      tokens.append(spelling.isEmpty ? "[PAD\(id)]" : spelling)
      types.append(type)
    }
    let ids = [("bos", tokenizer.bosID), ("eos", tokenizer.eosID), ("padding", tokenizer.padID)].compactMap {
      name, id in
      id.map { (prefix + name + "_token_id", GGUFWriter.Value.uint32(UInt32(clamping: $0))) }
    }
    return [
      (prefix + "model", .string("gpt2")), (prefix + "pre", .string(name)), (prefix + "tokens", .strings(tokens)),
      (prefix + "token_type", .int32s(types)), (prefix + "merges", .strings(file.model.merges)),
    ] + ids
  }
}
