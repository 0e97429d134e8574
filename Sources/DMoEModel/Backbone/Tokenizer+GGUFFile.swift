import DMoECore

extension Tokenizer {
  /// The tokenizer in a GGUF file's metadata.
  init(gguf file: GGUFFile) throws {
    func id(_ key: String) throws -> Int32? {
      try file.integerIfPresent("tokenizer.ggml." + key).map { Int32(clamping: $0) }
    }
    let tokens = try file.strings("tokenizer.ggml.tokens")
    let types = try file.integers("tokenizer.ggml.token_type").map { Int32(clamping: $0) }
    let model = try file.string("tokenizer.ggml.model")
    guard model != "llama" else {
      try self.init(
        ggufTokens: tokens, scores: try file.floats("tokenizer.ggml.scores"), tokenTypes: types,
        addsSpacePrefix: try file.boolIfPresent("tokenizer.ggml.add_space_prefix") ?? true,
        unknownID: try id("unknown_token_id"), bosID: try id("bos_token_id"), eosID: try id("eos_token_id"),
        padID: try id("padding_token_id"))
      return
    }
    guard model == "gpt2" else { throw TokenizerError.unsupported(component: "tokenizer.ggml.model", found: model) }
    try self.init(
      ggufTokens: tokens, merges: try file.strings("tokenizer.ggml.merges"),
      tokenTypes: types, preTokenizerName: try Self.preTokenizer(file), bosID: try id("bos_token_id"),
      eosID: try id("eos_token_id"), padID: try id("padding_token_id"))
  }

  /// llama.cpp reads a file that has no name for its rules with rules that fit no tokenizer exactly, and warns.
  private static func preTokenizer(_ file: GGUFFile) throws -> String {
    guard let name = try file.stringIfPresent("tokenizer.ggml.pre"), name != "default", !name.isEmpty else {
      throw CoreError.malformedFile(
        path: file.path,
        reason: "it does not say how its tokenizer splits texts (tokenizer.ggml.pre); convert the model anew")
    }
    return name
  }
}
