/// A form of preference rows, one JSON object a line.
public enum PreferenceFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// Our own form, which `PreferenceWriter` writes. Unknown keys are an error.
  ///
  /// ```json
  /// {"id": "a1", "source": "demo", "language": "en", "category": "roleplay", "capability": "empathy",
  ///  "conversation": [{"role": "user", "content": "..."}], "responses": ["...", "..."], "ranks": [1, 2],
  ///  "margin": 0.5, "weight": 1, "probability": 0.9, "annotator": "human"}
  /// ```
  /// Required are `responses`, `ranks` (1 best, ties allowed) and one of `conversation` (or `messages`) and `prompt`,
  /// a string or messages, before which `system` may stand. With a `probability` that the first of two responses is better, `ranks` may be left out.
  /// A null or missing `capability`, or "overall", is the overall preference. `metadata` may hold anything.
  ///
  /// The compact form ranks the same responses several times: `"capabilities": {"empathy": [1, 2], "logic": [2, 1]}`
  /// instead of `capability`. Such a row is one overall sample, if it has `ranks`, then one sample for each capability
  /// in order of identifiers; `margin` and `probability` belong to the overall sample.
  case native
  /// TRL's preference forms: `prompt`, `chosen`, `rejected`; strings or lists of messages. Optional: `id`, `source`,
  /// `margin`, `category` or `task`, `capability`.
  ///
  /// As in TRL, messages after `prompt` go on from it, and without `prompt` both lists are whole conversations; they may
  /// differ in the last reply only. Strings without `prompt` part before the first word in which they differ, or, where
  /// they are dialogues with "Human:" and "Assistant:", before the last reply.
  case trl
  /// `messages` (a list that ends with the user's turn), `chosen`, `rejected` (strings), `task`, `capability`.
  /// Optional: `id`, `source`, `lang`, `margin`, `annotator`. The capability "overall" is the overall preference.
  case messagePairs
  /// Rows of mtmc-rlhf: `label` (category), `src` (the user's turns), `tgt` (the replies to all turns but the last),
  /// `response` (n replies to the last turn), `rank` (n numbers, smaller is better).
  case mtmc
  /// Prompts for the router: `prompt` (a string) or `messages`, and `task` or `category`, which may be missing or null. It
  /// holds no preferences.
  case prompts

  /// The format of a row, judged by its keys.
  static func detect(_ row: RowObject) -> PreferenceFormat? {
    let keys = row.keys
    if keys.contains("responses") { return .native }
    if keys.isSuperset(of: ["src", "response", "rank"]) { return .mtmc }
    if keys.isSuperset(of: ["chosen", "rejected"]) {
      if case .string? = row["chosen"], keys.contains("messages") { return .messagePairs }
      return .trl
    }
    // With one of the two keys it is a pair that lacks the other, not a prompt: reading it as a pair says so.
    if !keys.isDisjoint(with: ["chosen", "rejected"]) { return .trl }
    return keys.isDisjoint(with: ["prompt", "messages", "conversation"]) ? nil : .prompts
  }
}
