extension Tokenizer {
  /// Builds a tokenizer from the metadata of a GGUF file.
  ///
  /// GGUF does not record flags of added tokens, normalization or an unknown token for bytes; the usual ones are taken.
  ///
  /// - Parameters:
  ///   - tokens: `tokenizer.ggml.tokens`.
  ///   - merges: `tokenizer.ggml.merges`.
  ///   - tokenTypes: `tokenizer.ggml.token_type`, one per token: 1 normal, 3 control, 4 user-defined, 5 unused.
  ///   - preTokenizerName: `tokenizer.ggml.pre`.
  ///   - bosID: `tokenizer.ggml.bos_token_id`.
  ///   - eosID: `tokenizer.ggml.eos_token_id`.
  ///   - padID: `tokenizer.ggml.padding_token_id`.
  /// - Throws: `TokenizerError.unsupported` for other token types or pre-tokenizers, `.malformed` if the lists
  ///   disagree, `.writableControlToken`.
  /// - Source: the GGUF specification (ggml, docs/gguf.md), section "Tokenizer".
  package init(
    ggufTokens tokens: [String], merges: [String], tokenTypes: [Int32], preTokenizerName: String, bosID: Int32? = nil,
    eosID: Int32? = nil, padID: Int32? = nil
  ) throws(TokenizerError) {
    guard tokens.count == tokenTypes.count else {
      throw .malformed(reason: "\(tokens.count) tokens have \(tokenTypes.count) types")
    }
    var added: [AddedToken] = []
    for (id, type) in tokenTypes.enumerated() {
      switch type {
      case 1, 5: break
      case 3, 4: added.append(AddedToken(content: tokens[id], id: Int32(id), isSpecial: type == 3))
      default: throw .unsupported(component: "token type", found: "\(type) of \(tokens[id])")
      }
    }
    let (preTokenizer, ignoresMerges) = try PreTokenizer.named(preTokenizerName)
    try self.init(
      vocabulary: tokens, merges: merges, addedTokens: added, preTokenizer: preTokenizer,
      ignoresMerges: ignoresMerges, bosID: bosID, eosID: eosID, padID: padID)
  }
}
