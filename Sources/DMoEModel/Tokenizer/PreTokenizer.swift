/// A rule by which a text is cut into words, within which tokens are merged.
///
/// The scanners in ``WordScanner`` cut exactly where the regular expressions in the cases' comments do.
package enum PreTokenizer: String, Sendable, CaseIterable {
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (`ByteLevel` of `tokenizers`).
  case gpt2
  /// Every number character alone, and ``gpt2`` on each stretch between them.
  case smolLM
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
  /// `\s*[\r\n]+|\s+(?!\S)|\s+`
  case llama3
  /// ``llama3`` with single numbers: `\p{N}` for `\p{N}{1,3}`. Qwen3 cuts the same way.
  case qwen2
  /// `[^\r\n\p{L}\p{N}]?U*L+|[^\r\n\p{L}\p{N}]?U+L*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` with
  /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` for `U` and `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` for `L`: Mistral's tekken.
  case tekken
  /// ``tekken`` with a contraction (`(?i:'s|'t|'re|'ve|'m|'ll|'d)?`) after a word and up to three numbers at once.
  case gpt4o

  /// The normalisation that goes with the pre-tokenizer where a file does not say (GGUF files do not): that of the
  /// family's `tokenizer.json`.
  package var usualNormalization: TextNormalization { self == .qwen2 ? .canonicalComposition : .none }

  /// The words of a text; for tests and inspection, encoding scans without making strings.
  package func words(of text: String) -> [String] {
    var text = text
    return text.withUTF8 { bytes in
      var scanner = WordScanner(self, bytes, in: 0..<bytes.count)
      var words: [String] = []
      while let word = scanner.next() { words.append(String(decoding: bytes[word], as: UTF8.self)) }
      return words
    }
  }
}
