import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct TokenizerFileTests {
  @Test(arguments: [
    ("gpt2", #""type":"BPE""#, #""type":"Unigram""#, "model is not supported: Unigram"),
    ("gpt2", #""byte_fallback":false"#, #""byte_fallback":true"#, "byte_fallback"),
    ("gpt2", #""dropout":null"#, #""dropout":0.1"#, "dropout 0.1"),
    ("gpt2", #""continuing_subword_prefix":null"#, #""continuing_subword_prefix":"@""#, "subword_prefix @"),
    ("gpt2", #""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#, "end_of_word_suffix </w>"),
    ("gpt2", #""normalizer":null"#, #""normalizer":{"type":"NFKC"}"#, "normalizer is not supported: NFKC"),
    ("gpt2", #""pre_tokenizer":{"type":"ByteLevel""#, #""pre_tokenizer":{"type":"Metaspace""#, "Metaspace"),
    ("gpt2", #""type":"BPE""#, #""type":"WordPiece""#, "model is not supported: WordPiece"),
    ("llama2", #""type":"Prepend""#, #""type":"Lowercase""#, "normalizer is not supported: Lowercase"),
    ("llama2", #""pattern":{"String":" "}"#, #""pattern":{"Regex":" "}"#, "Replace by pattern"),
    ("llama2", #""type":"Fuse""#, #""type":"CTC""#, "Replace + ByteFallback + CTC + Strip"),
    ("mistral", #""type":"Metaspace","replacement":"▁""#, #""type":"Metaspace","replacement":"_""#, "Metaspace with _"),
    ("mistral", #""type":"Metaspace""#, #""type":"Whitespace""#, "pre-tokenizer is not supported: Whitespace"),
    ("gemma", #""pattern":{"String":" "},"b"#, #""pattern":{"String":"a"},"b"#, "Split of a vocabulary"),
    ("metaspace", #""unk_token":"<unk>""#, #""unk_token":"<nil>""#, "the tokenizer has no token <nil>"),
    ("gpt2", #"_prefix_space":false"#, #"_prefix_space":true"#, "ByteLevel with add_prefix_space"),
    ("gpt2", #""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"WordPiece""#, "supported: WordPiece"),
    ("smollm", #""individual_digits":true"#, #""individual_digits":false"#, "Digits + ByteLevel with these options"),
    ("llama3", #"{1,3}"#, #"{1,2}"#, #"pattern is not supported: (?i:'s|'t"#),
    ("qwen2", #""behavior":"Isolated""#, #""behavior":"Removed""#, "Split + ByteLevel with these options"),
    ("flags", #""unk_token":"<unk>""#, #""unk_token":"<nil>""#, "the tokenizer has no token <nil>"),
    ("gpt2", #""vocab":{"#, #""vocab":{"two":0,"#, "two tokens have id 0"),
    ("gpt2", #""version":"1.0","#, "", "no error"),
    ("gpt2", #""vocab":{"#, #""words":{"#, "tokenizer.json: model.vocab is missing"),
    ("gpt2", #""merges":["#, #""merges":[7,"#, "tokenizer.json: model.merges.[0] is of another kind"),
    ("gpt2", #""version":"1.0","#, "\n,", "tokenizer.json: not valid JSON, line 2, column 1"),
    ("gpt2", #""unk_token":null"#, #""unk_token":"""#, "no error"),
    ("gpt2", #""unk_token":null"#, #""unk_token":"<unk>""#, "no error"),
    (
      "gpt2", #""decoder":{"type":"ByteLevel""#,
      #""decoder":{"type":"Sequence","decoders":[{"type":"ByteLevel"}]"#,
      "no error"
    ),
  ])
  func unknownPartsAreNamed(_ name: String, _ old: String, _ new: String, _ message: String) throws {
    var description = "no error"
    do {
      _ = try TokenizerFixture.edited(name) { $0.replacingOccurrences(of: old, with: new) }
    } catch let error as TokenizerError {
      description = error.description
    }
    #expect(description.contains(message))
  }

  /// Each of them is near enough to the one before, and together they would be a vocabulary of any length.
  @Test func idsOfAddedTokensDoNotClimb() throws {
    #expect(throws: TokenizerError.malformed(reason: "added token b has id 1900000")) {
      try Tokenizer.merging(
        [("a", 950_000), ("b", 1_900_000)].map {
          AddedToken(
            content: $0, id: $1, isSpecial: true, isNormalized: false, isSingleWord: false, stripsLeft: false,
            stripsRight: false)
        }, into: ["x"])
    }
  }

  /// A Unigram vocabulary is a list, which no one is told of in place of the kind.
  @Test func anotherKindOfVocabularyIsNamed() throws {
    #expect(throws: TokenizerError.unsupported(component: "model", found: "Unigram")) {
      try TokenizerFixture.edited("gpt2") { text in
        let start = text.range(of: #""model":{"#)
        return start.map { text[..<$0.upperBound] + #""type":"Unigram","vocab":[["a",-1.5]],"unk_id":0}}"# } ?? text
      }
    }
  }

  @Test func bothSpellingsOfMergesAreRead() throws {
    // gpt2's fixture has "a b", the others ["a", "b"].
    let old = try String(contentsOf: TokenizerFixture.url("gpt2"), encoding: .utf8)
    let new = try String(contentsOf: TokenizerFixture.url("qwen2"), encoding: .utf8)
    #expect(old.contains(#""merges":[""#) && new.contains(#""merges":[["#))
  }

  @Test func theConfigurationBesideTheFileNamesTheEnds() throws {
    let llama = try TokenizerFixture.tokenizer("llama3")
    #expect(llama.bosID == llama.tokenID(of: "<|begin_of_text|>") && llama.bosID != nil)
    #expect(llama.eosID == llama.tokenID(of: "<|eot_id|>") && llama.eosID != nil)
    #expect(try TokenizerFixture.tokenizer("gpt2").bosID == nil)
  }

  /// A copy of a model's tokenizer with a configuration beside it.
  private func tokenizer(_ configuration: String, edit: (String) -> String = { $0 }) throws -> Tokenizer {
    try withTemporaryFolder { folder in
      let text = try String(contentsOf: ModelFixture.folder.url("llama/tokenizer.json"), encoding: .utf8)
      let url = folder.appendingPathComponent("tokenizer.json")
      try Data(edit(text).utf8).write(to: url)
      try Data(configuration.utf8).write(to: folder.appendingPathComponent("tokenizer_config.json"))
      return try Tokenizer(tokenizerJSON: url)
    }
  }

  /// transformers gives them an id behind the vocabulary, for which no model has an embedding.
  @Test func aTokenThatIsNamedAndNotInTheVocabularyIsNone() throws {
    let plain = try tokenizer("{}")
    let named = try tokenizer(
      #"{"pad_token": "<pad>", "bos_token": {"content": "<s>"}, "eos_token": "<|im_end|>", "model_max_length": 1e30, "x": NaN}"#
    )
    #expect(named.padID == nil && named.bosID == nil && named.eosID == plain.tokenID(of: "<|im_end|>"))
    #expect(named.fingerprint == plain.fingerprint)
    #expect(named.encode("abc <pad> def") == plain.encode("abc <pad> def"))
  }

  /// The ids are those of transformers 5.23 for the same files.
  @Test func tokensThatOnlyTheConfigurationHasAreAdded() throws {
    let tokens = try tokenizer(
      #"{"added_tokens_decoder": {"288": {"content": "<new>", "special": true}, "289": {"content": "<more>", "lstrip": true}}}"#
    )
    #expect(tokens.encode("abc<new>def  <more>") == [100, 101, 102, 288, 103, 104, 105, 289])
    #expect(tokens.isSpecial(288) && !tokens.isSpecial(289) && tokens.vocabularySize == 290)
    // A token of the vocabulary that is named is a control token.
    #expect(
      try tokenizer(#"{"eos_token": "a"}"#).encode("abc def<|im_end|> a") == [
        100, 101, 102, 35, 103, 104, 105, 2, 35, 100,
      ])
    // tokenizer.json has the token with other flags; those of the configuration count.
    let both = try tokenizer(
      #"{"added_tokens_decoder": {"2": {"content": "<|im_end|>", "lstrip": true, "special": true}}}"#)
    #expect(both.encode("a <|im_end|>") == [100, 2])
  }

  @Test func anIdThatTheTwoFilesDisagreeOnIsRefused() throws {
    #expect {
      try tokenizer(#"{"added_tokens_decoder": {"300": {"content": "<new>"}}}"#)
    } throws: { "\($0)".contains("<new>") && "\($0)".contains("300") && "\($0)".contains("288") }
    #expect {
      try tokenizer(#"{"split_special_tokens": true}"#)
    } throws: { "\($0)".contains("split_special_tokens") }
  }

  /// The names that llama.cpp reads with rules that are known here.
  @Test(arguments: [
    ("deepseek-r1-qwen", PreTokenizer.qwen2), ("kormo", .qwen2), ("megrez", .qwen2), ("llama-bpe", .llama3),
    ("smaug-bpe", .llama3), ("tekken", .tekken), ("llama4", .gpt4o), ("gpt-4o", .gpt4o),
    ("phi-2", .gpt2), ("mpt", .gpt2), ("starcoder", .smolLM), ("refact", .smolLM),
  ])
  func namesOfGGUFFilesStandForRules(name: String, rules: PreTokenizer) throws {
    #expect(try PreTokenizer(ggufName: name) == rules)
    #expect(try PreTokenizer.named(name).ignoresMerges == ["llama-bpe", "tekken"].contains(name))
  }

  @Test(arguments: ["falcon", "deepseek-llm", "qwen35"])
  func namesOfOtherRulesAreRefused(name: String) {
    #expect(throws: TokenizerError.unsupported(component: "pre-tokenizer", found: name)) {
      try PreTokenizer(ggufName: name)
    }
  }

  @Test func aMissingFileIsNamed() {
    #expect {
      try Tokenizer(tokenizerJSON: URL(fileURLWithPath: "/nowhere/tokenizer.json"))
    } throws: { error in
      guard case .unreadableFile(let path, _) = error as? TokenizerError else { return false }
      return path == "/nowhere/tokenizer.json"
    }
  }
}
