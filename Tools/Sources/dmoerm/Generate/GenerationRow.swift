import DMoEPolicy
@_spi(Command) import DMoERM

/// What is answered, with what its row says of it.
struct GenerationPrompt {
  var id: String?
  var category: String?
  var conversation: Conversation

  init(conversation: Conversation) { self.conversation = conversation }

  init(_ prompt: CategorizedPrompt) {
    (id, category, conversation) = (prompt.id, prompt.category, prompt.conversation)
  }
}

/// A line of output for a prompt: all its texts, as `score`, `experiment` and `train` read them.
struct GenerationRow: Encodable {
  var id: String?
  var category: String?
  var messages: Conversation
  /// In the order of the samples.
  var responses: [String]
}

/// The texts of several prompts, until all of a prompt's are there.
struct GenerationRows {
  private let prompts: [GenerationPrompt]
  private let samples: Int
  private var waiting: [Int: [Int: String]] = [:]
  /// The first prompt whose row was not given yet.
  private var next = 0

  init(_ prompts: [GenerationPrompt], samples: Int) {
    self.prompts = prompts
    self.samples = samples
  }

  /// Takes a text, and gives the rows that are whole now, in the order of the prompts.
  mutating func add(_ completion: Completion, toPrompt prompt: Int) -> [GenerationRow] {
    waiting[prompt, default: [:]][completion.sample] = completion.text
    var rows: [GenerationRow] = []
    while let texts = waiting[next], texts.count == samples {
      waiting[next] = nil
      rows.append(
        GenerationRow(
          id: prompts[next].id, category: prompts[next].category, messages: prompts[next].conversation,
          responses: (0..<samples).compactMap { texts[$0] }))
      next += 1
    }
    return rows
  }
}
