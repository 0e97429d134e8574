extension PreTokenizer {
  /// The rules that a GGUF file names in `tokenizer.ggml.pre`, and whether a word that is a token is taken whole.
  ///
  /// llama.cpp (`llama-vocab.cpp`) knows many names for few rules; those whose rules are these here are read.
  ///
  /// - Throws: `TokenizerError.unsupported` for a name that stands for other rules.
  static func named(_ name: String) throws(TokenizerError) -> (rules: PreTokenizer, ignoresMerges: Bool) {
    guard let found = ggufNames[name] else { throw .unsupported(component: "pre-tokenizer", found: name) }
    return found
  }

  /// The usual name of these rules in a GGUF file; `nil` if llama.cpp has none for them.
  func ggufName(ignoringMerges: Bool) -> String? {
    switch (self, ignoringMerges) {
    case (.gpt2, false): "gpt-2"
    case (.smolLM, false): "smollm"
    case (.llama3, true): "llama-bpe"
    case (.llama3, false): "smaug-bpe"
    case (.tekken, true): "tekken"
    case (.gpt4o, false): "gpt-4o"
    case (.qwen2, false): "qwen2"
    default: nil
    }
  }

  /// All names that are read.
  static let ggufNames: [String: (rules: PreTokenizer, ignoresMerges: Bool)] = {
    var table: [String: (rules: PreTokenizer, ignoresMerges: Bool)] = [:]
    func add(_ rules: PreTokenizer, ignoringMerges: Bool = false, _ names: [String]) {
      for name in names { table[name] = (rules, ignoringMerges) }
    }
    add(
      .gpt2,
      [
        "a.x-4.0", "exaone4", "gigachat", "gpt-2", "gpt2", "granite-docling", "jais", "jina-de", "jina-es",
        "jina-v1-en", "jina-v2-code", "jina-v2-de", "jina-v2-es", "mellum", "modern-bert", "mpt", "olmo", "phi-2",
        "roberta-bpe", "trillion",
      ])
    add(.smolLM, ["codeshell", "command-r", "exaone", "minerva-7b", "refact", "smollm", "starcoder"])
    add(
      .llama3, ignoringMerges: true,
      [
        "falcon-h1", "falcon3", "jina-v5-nano", "lfm2", "llama-bpe", "llama-v3", "llama3", "midm-2.0", "pixtral",
      ])
    add(.llama3, ["chatglm-bpe", "dbrx", "glm4", "smaug-bpe"])
    add(.tekken, ignoringMerges: true, ["tekken"])
    add(.gpt4o, ["gpt-4o", "llama4"])
    add(.qwen2, ["deepseek-r1-qwen", "f2llmv2", "grok-2", "hunyuan", "kormo", "megrez", "qwen2", "stablelm2"])
    return table
  }()

  /// The pre-tokenizer that a GGUF file names in `tokenizer.ggml.pre`.
  ///
  /// - Throws: `TokenizerError.unsupported` for a name that stands for other rules.
  package init(ggufName: String) throws(TokenizerError) { self = try Self.named(ggufName).rules }
}
