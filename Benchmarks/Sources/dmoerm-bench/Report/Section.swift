/// A part of the page: the items that belong together, and what they are.
struct Section {
  let title: String
  /// How the names of its items begin.
  let prefixes: [String]
  let explanation: String

  func contains(_ item: String) -> Bool { prefixes.contains { item.hasPrefix($0) } }

  static let all = [
    Section(
      title: "Roofs", prefixes: ["roof/"],
      explanation: """
        What this CPU does at most on the threads used: products of single precision, of bf16 and of bytes by vector \
        instructions and by matrix tiles, where it has them, in a loop of nothing else; and bytes read from memory.
        """),
    Section(
      title: "Forward pass", prefixes: ["forward/"],
      explanation: """
        Hidden states of texts × tokens. The roof is the linear layers' products with nothing between them.
        """),
    Section(
      title: "Writing", prefixes: ["decode/"],
      explanation: """
        Tokens written, prompts × samples of each × tokens of a text, after prompts of as many tokens; the reading of the \
        prompts is part of it. We and torch draw samples; llama.cpp takes the likeliest token.
        """),
    Section(
      title: "Scoring", prefixes: ["score/", "best-of-16/", "extra-response/"],
      explanation: """
        Six capability experts (LoRA rank 32, queries and values) and an aggregator. score: one text of 100 tokens. \
        best-of-16: a prompt of 128 tokens, 16 responses of 64. extra-response: one more response of 64 tokens to the same \
        prompt, and below it a text of 64 tokens alone.
        """),
    Section(
      title: "Training", prefixes: ["training-step/", "epoch/"],
      explanation: """
        Forward, backward and update. training-step: 8 pairs of 192-token texts, rank 32 on queries and values of all \
        layers. epoch: 16 pairs in two steps, adapters in the last third of the layers, an epoch after the first.
        """),
    Section(
      title: "Memory and start", prefixes: ["memory/", "start"],
      explanation: """
        Peak resident memory of a process that does the job once. start: from the start of a process to its first score, \
        files in the system's cache.
        """),
    Section(
      title: "Length", prefixes: ["scale/"], explanation: "The forward pass of one text of so many tokens."),
    Section(
      title: "Threads", prefixes: ["threads/", "callers/"],
      explanation: """
        The forward pass of 256 tokens. threads: in one call. callers: in sum, each of them allowed all threads.
        """),
    Section(
      title: "Products", prefixes: ["gemm/"],
      explanation: "Outputs × inputs / rows, weights in the cache. The roof is OpenBLAS on its own threads."),
  ]
}
