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

  /// Builds a SentencePiece tokenizer from the metadata of a GGUF file whose `tokenizer.ggml.model` is `llama`.
  ///
  /// Ids are those of llama.cpp, with one difference: no neighbors of a text merge into a control token, a byte's token or
  /// the unknown one (there, a content that spells `</s>` can write the token).
  ///
  /// - Parameters:
  ///   - tokens: `tokenizer.ggml.tokens`.
  ///   - scores: `tokenizer.ggml.scores`.
  ///   - tokenTypes: `tokenizer.ggml.token_type`, one per token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused,
  ///     6 byte.
  ///   - addsSpacePrefix: `tokenizer.ggml.add_space_prefix`: whether a blank is put before a text, and after every
  ///     control or user-defined token.
  ///   - unknownID: `tokenizer.ggml.unknown_token_id`.
  ///   - bosID: `tokenizer.ggml.bos_token_id`.
  ///   - eosID: `tokenizer.ggml.eos_token_id`.
  ///   - padID: `tokenizer.ggml.padding_token_id`.
  /// - Throws: `TokenizerError.unsupported` for other token types, `.malformed` if the lists disagree.
  /// - Source: `llm_tokenizer_spm` of llama.cpp (`src/llama-vocab.cpp`).
  package init(
    ggufTokens tokens: [String], scores: [Float], tokenTypes: [Int32], addsSpacePrefix: Bool, unknownID: Int32? = nil,
    bosID: Int32? = nil, eosID: Int32? = nil, padID: Int32? = nil
  ) throws(TokenizerError) {
    guard tokens.count == tokenTypes.count else {
      throw .malformed(reason: "\(tokens.count) tokens have \(tokenTypes.count) types")
    }
    var added: [AddedToken] = []
    for (id, type) in tokenTypes.enumerated() {
      switch type {
      case 1, 2, 5, 6: break
      case 3, 4: added.append(AddedToken(content: tokens[id], id: Int32(id), isSpecial: type == 3))
      default: throw .unsupported(component: "token type", found: "\(type) of \(tokens[id])")
      }
    }
    let mark = TextNormalization.Step.replace(" ", with: "\u{2581}")
    try self.init(
      vocabulary: tokens, characterMerges: .scored(scores), addedTokens: added,
      normalization: TextNormalization(addsSpacePrefix ? [.prepend(" "), mark] : [mark]),
      fallsBackOnBytes: tokenTypes.contains(6),
      unknownID: unknownID ?? tokenTypes.firstIndex(of: 2).map { Int32($0) }, decodesBytes: tokenTypes.contains(6),
      stripsFirstBlank: addsSpacePrefix, bosID: bosID, eosID: eosID, padID: padID)
  }
}
