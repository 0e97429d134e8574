import Foundation
import Testing

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
    ("gpt2", #"_prefix_space":false"#, #"_prefix_space":true"#, "ByteLevel with add_prefix_space"),
    ("gpt2", #""decoder":{"type":"ByteLevel""#, #""decoder":{"type":"WordPiece""#, "supported: WordPiece"),
    ("smollm", #""individual_digits":true"#, #""individual_digits":false"#, "Digits + ByteLevel with these options"),
    ("llama3", #"{1,3}"#, #"{1,2}"#, #"pattern is not supported: (?i:'s|'t"#),
    ("qwen2", #""behavior":"Isolated""#, #""behavior":"Removed""#, "Split + ByteLevel with these options"),
    ("flags", #""unk_token":"<unk>""#, #""unk_token":"<nil>""#, "the tokenizer has no token <nil>"),
    ("gpt2", #""vocab":{"#, #""vocab":{"two":0,"#, "two tokens have id 0"),
    ("gpt2", #""version":"1.0","#, "", "no error"),
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

  @Test func aMissingFileIsNamed() {
    #expect {
      try Tokenizer(tokenizerJSON: URL(fileURLWithPath: "/nowhere/tokenizer.json"))
    } throws: { error in
      guard case .unreadableFile(let path, _) = error as? TokenizerError else { return false }
      return path == "/nowhere/tokenizer.json"
    }
  }
}
