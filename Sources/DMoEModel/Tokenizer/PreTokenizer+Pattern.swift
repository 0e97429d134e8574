extension PreTokenizer {
  /// The regular expression of its `Split` in tokenizer.json; `nil` for rules that are there without one.
  var pattern: String? {
    switch self {
    case .gpt2, .smolLM: nil
    case .llama3: Self.words(numbers: #"\p{N}{1,3}"#)
    case .qwen2: Self.words(numbers: #"\p{N}"#)
    case .tekken: Self.casedWords(contraction: "", numbers: #"\p{N}"#)
    case .gpt4o: Self.casedWords(contraction: Self.contraction + "?", numbers: #"\p{N}{1,3}"#)
    }
  }

  private static func words(numbers: String) -> String {
    contraction + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers + #"| ?[^\s\p{L}\p{N}]+[\r\n]*"# + blanks
  }

  /// A word ends where lower case is followed by upper case.
  private static func casedWords(contraction: String, numbers: String) -> String {
    let (lead, capitals, small) = (
      #"[^\r\n\p{L}\p{N}]?"#, #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#, #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    )
    return "\(lead)\(capitals)*\(small)+\(contraction)|\(lead)\(capitals)+\(small)*\(contraction)|\(numbers)"
      + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + blanks
  }

  private static let contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let blanks = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
}
