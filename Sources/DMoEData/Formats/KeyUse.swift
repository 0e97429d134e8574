/// What a key does in a row of some form.
///
/// A key without a use here is told once a file (`ReadingReport.keysNotRead`); the forms of our own refuse it.
package enum KeyUse: Sendable, Hashable {
  /// Its value is part of what is read.
  case read
  /// It would change what is read and cannot: an error that goes on with these words, unless the value is empty.
  case refused(String)
  /// It says nothing that matters here.
  case noEffect
}

extension PreferenceFormat {
  /// What the keys of a row do; those that are not here are not known.
  package var keyUses: [String: KeyUse] {
    switch self {
    case .native: Self.nativeKeys
    case .trl: Self.trlKeys
    case .messagePairs: Self.messagePairKeys
    case .mtmc: Self.mtmcKeys
    case .prompts: Self.promptKeys
    }
  }

  private static let nativeKeys = uses(
    read: [
      "id", "source", "language", "lang", "conversation", "messages", "prompt", "system", "responses", "ranks",
      "category", "task", "capability", "capabilities", "margin", "weight", "probability", "annotator",
    ],
    refused: KeyUse.contexts.merging([
      "chosen": KeyUse.inPlaceOf("responses"), "rejected": KeyUse.inPlaceOf("responses"),
      "response": KeyUse.inPlaceOf("responses"),
    ]) { $1 }, noEffect: ["metadata"])

  private static let trlKeys = uses(
    read: [
      "id", "source", "language", "lang", "prompt", "messages", "chosen", "rejected", "category", "task", "capability",
      "margin", "annotator",
    ],
    refused: pairKeys.merging(["system": KeyUse.systemTurn("prompt")]) { $1 }, noEffect: ["metadata"])

  private static let messagePairKeys = uses(
    read: [
      "id", "source", "language", "lang", "prompt", "messages", "chosen", "rejected", "category", "task", "capability",
      "margin", "annotator",
    ],
    refused: pairKeys.merging(["system": KeyUse.systemTurn("messages")]) { $1 },
    noEffect: ["metadata", "task_src", "human"])

  private static let mtmcKeys = uses(
    read: ["id", "label", "src", "tgt", "response", "rank"],
    refused: KeyUse.contexts.merging([
      "system": KeyUse.nativeOnly, "weight": KeyUse.nativeOnly, "probability": KeyUse.nativeOnly,
      "margin": KeyUse.nativeOnly, "capability": KeyUse.nativeOnly, "capabilities": KeyUse.nativeOnly,
      "ranks": KeyUse.inPlaceOf("rank"), "category": KeyUse.inPlaceOf("label"), "task": KeyUse.inPlaceOf("label"),
      "prompt": KeyUse.inPlaceOf("src"), "messages": KeyUse.inPlaceOf("src"), "conversation": KeyUse.inPlaceOf("src"),
      "chosen": KeyUse.inPlaceOf("response"), "rejected": KeyUse.inPlaceOf("response"),
    ]) { $1 }, noEffect: ["metadata"])

  private static let promptKeys = uses(
    read: ["id", "source", "language", "lang", "prompt", "messages", "conversation", "system", "category", "task"],
    refused: [:], noEffect: ["metadata"])

  /// What pairs cannot say.
  private static let pairKeys = KeyUse.contexts.merging([
    "weight": KeyUse.nativeOnly, "probability": KeyUse.nativeOnly, "capabilities": KeyUse.nativeOnly,
    "ranks": KeyUse.inPlaceOf("chosen"), "rank": KeyUse.inPlaceOf("chosen"), "response": KeyUse.inPlaceOf("chosen"),
    "conversation": KeyUse.inPlaceOf("prompt"),
  ]) { $1 }

  private static func uses(read: [String], refused: [String: String], noEffect: [String]) -> [String: KeyUse] {
    KeyUse.table(read: read, refused: refused, noEffect: noEffect)
  }
}

extension KeyUse {
  /// What rows of `ScoringReader` may have.
  package static let scoring = table(
    read: ["id", "prompt", "messages", "conversation", "system", "response", "responses", "category", "task"],
    refused: contexts.merging(["chosen": inPlaceOf("responses"), "rejected": inPlaceOf("responses")]) { $1 },
    noEffect: ["metadata"])

  /// What a message may have.
  package static let message = table(
    read: ["role", "content"],
    refused: [
      "name": "is not read: write the name into \"content\", or leave it out",
      "tool_calls": "is not read: write the calls into \"content\", or leave the row out",
      "function_call": "is not read: write the call into \"content\", or leave the row out",
      "tool_call_id": "is not read: tools have no turns here",
      "thinking": "is not read: write the thoughts into \"content\", or leave them out",
      "reasoning": "is not read: write the thoughts into \"content\", or leave them out",
      "reasoning_content": "is not read: write the thoughts into \"content\", or leave them out",
      "weight": "is not read: a row counts as a whole",
      "prefix": "is not read: a reply is scored as a whole",
      "images": "is not read: only texts are",
      "audio": "is not read: only texts are",
    ], noEffect: [])

  /// Keys beside the texts that chat templates give to the model.
  package static let contexts: [String: String] = {
    let tools = "would change what the model reads, and its template takes no tools: leave it out to go without them"
    let media = "would change what the model reads, and only texts are read: leave the row out"
    return [
      "tools": tools, "functions": tools, "documents": tools.replacing("tools", with: "documents"),
      "chat_template": "would change what the model reads: a model has its own template; leave it out",
      "chat_template_kwargs": "would change what the model reads: a model's template takes none; leave it out",
      "image": media, "images": media, "video": media, "videos": media, "audio": media, "audios": media,
    ]
  }()

  /// Of keys that only the native form has.
  package static let nativeOnly =
    "is read in the native form only: write the row as \"prompt\", \"responses\" and \"ranks\", or leave it out"

  /// Of keys that say in another form what `key` says in this one.
  package static func inPlaceOf(_ key: String) -> String { "is not read here, where \"\(key)\" says it: leave one out" }

  /// Of `system` beside whole conversations.
  package static func systemTurn(_ key: String) -> String {
    "is not read here: make it the first message of \"\(key)\", of the role \"system\""
  }

  /// The uses of the keys of one form.
  package static func table(read: [String], refused: [String: String], noEffect: [String]) -> [String: KeyUse] {
    var table = refused.mapValues { KeyUse.refused($0) }
    for key in read { table[key] = .read }
    for key in noEffect { table[key] = .noEffect }
    return table
  }
}
