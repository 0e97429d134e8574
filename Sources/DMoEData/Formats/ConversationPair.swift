/// What two responses answer, and the two: a pair as TRL's reward trainer reads it (`reward_trainer.py:tokenize_fn`).
///
/// There each of the two is a conversation of its own, `prompt` followed by `chosen` or `rejected`; here both answer one
/// conversation, so that they may differ in their last turn only.
package struct ConversationPair {
  /// What both answer.
  package let conversation: Conversation
  /// The chosen one first.
  package let responses: [String]

  /// - Parameter messages: The prompt as messages, which some sets have besides or instead.
  package init(
    prompt: TextOrMessages?, messages: [Message]?, chosen: TextOrMessages, rejected: TextOrMessages
  ) throws(DataError) {
    switch (chosen, rejected) {
    case (.text(let chosen), .text(let rejected)):
      self = try Self.texts(prompt, messages, chosen, rejected)
    case (.messages(let chosen), .messages(let rejected)):
      self = try Self.lists(prompt, messages, chosen, rejected)
    default:
      throw .malformedRow(reason: "\"chosen\" and \"rejected\" are not both strings or both lists of messages")
    }
    for (key, response) in zip(["chosen", "rejected"], responses) where response.isBlank {
      throw .malformedRow(reason: "\(key): the response is empty")
    }
  }

  private init(_ turns: [Message], _ responses: [String]) throws(DataError) {
    conversation = try Conversation(turns)
    self.responses = responses
  }

  // MARK: Texts

  private static func texts(
    _ prompt: TextOrMessages?, _ messages: [Message]?, _ chosen: String, _ rejected: String
  ) throws(DataError) -> ConversationPair {
    if let messages {
      if let prompt, !agrees(prompt, with: messages) { throw contradiction("prompt", "messages") }
      return try ConversationPair(messages, [chosen, rejected])
    }
    switch prompt {
    case .messages(let turns)?: return try ConversationPair(turns, [chosen, rejected])
    case .text(let prompt)?: return try texts(after: prompt, chosen, rejected)
    case nil:
      if let dialogues = dialogues(chosen, rejected) { return try whole(dialogues.chosen, dialogues.rejected) }
      if let token = RenderedTemplate.token(in: [chosen, rejected]) {
        throw .malformedRow(
          reason:
            "\"chosen\" and \"rejected\" are rendered by a chat template (\(token)), whose turns are not read: give"
            + " them as lists of messages")
      }
      guard let (prefix, rests) = CommonWords.split(chosen, rejected) else {
        throw .malformedRow(
          reason: "no \"prompt\", and \"chosen\" and \"rejected\" have no common beginning of whole words")
      }
      return try ConversationPair([.user(prefix)], rests)
    }
  }

  private static func texts(
    after prompt: String, _ chosen: String, _ rejected: String
  ) throws(DataError) -> ConversationPair {
    guard !prompt.isBlank else { throw .malformedRow(reason: "prompt: empty") }
    if let dialogues = dialogues(chosen, rejected) {
      // Dialogues may repeat the prompt, or go on from it: `lists` tells which.
      return try lists(
        .messages(PlainDialogue.turns(of: prompt)?.withoutOpenReply ?? [.user(prompt)]), nil,
        dialogues.chosen, dialogues.rejected)
    }
    if let turns = PlainDialogue.turns(of: prompt), !PlainDialogue.beginsWithReply(chosen) {
      if turns.last?.role == .user { return try ConversationPair(turns, [chosen, rejected]) }
    }
    if let dialogues = dialogues(prompt + chosen, prompt + rejected) {
      return try whole(dialogues.chosen, dialogues.rejected)
    }
    return try ConversationPair([.user(prompt)], [chosen, rejected])
  }

  private static func dialogues(_ chosen: String, _ rejected: String) -> (chosen: [Message], rejected: [Message])? {
    guard let chosen = PlainDialogue.turns(of: chosen), let rejected = PlainDialogue.turns(of: rejected) else {
      return nil
    }
    return (chosen, rejected)
  }

  // MARK: Messages

  private static func lists(
    _ prompt: TextOrMessages?, _ messages: [Message]?, _ chosen: [Message], _ rejected: [Message]
  ) throws(DataError) -> ConversationPair {
    for (key, list) in [("chosen", chosen), ("rejected", rejected)] {
      guard list.last?.role == .assistant else {
        throw .malformedRow(reason: "\(key): the last message is not the assistant's")
      }
    }
    let isReply = chosen.first?.role == .assistant && rejected.first?.role == .assistant
    let before = prompt ?? (isReply ? messages.map { .messages($0) } : nil)
    let pair: ConversationPair
    switch before {
    case nil: pair = try whole(chosen, rejected)
    // Beside whole conversations an empty text is as good as none.
    case .text(let text)? where text.isBlank: pair = try whole(chosen, rejected)
    case .messages(let turns)?: pair = try lists(after: turns, chosen, rejected)
    case .text(let text)? where isReply: pair = try lists(after: [.user(text)], chosen, rejected)
    case .text?:
      pair = try whole(chosen, rejected)
      // Some published sets repeat a message of the conversation as a text.
      if let before, !agrees(before, with: pair.conversation.turns) { throw contradiction("prompt", "chosen") }
    }
    if let messages, messages != pair.conversation.turns, messages != chosen {
      throw contradiction("messages", "chosen")
    }
    return pair
  }

  private static func lists(
    after prompt: [Message], _ chosen: [Message], _ rejected: [Message]
  ) throws(DataError) -> ConversationPair {
    if chosen.starts(with: prompt), rejected.starts(with: prompt) { return try whole(chosen, rejected) }
    // A user turn after a user turn: the list has a prompt of its own, which contradicts this one.
    if prompt.last?.role == .user, [chosen.first?.role, rejected.first?.role].contains(.user) {
      throw contradiction("prompt", "chosen")
    }
    return try whole(prompt + chosen, prompt + rejected)
  }

  /// The two as whole conversations.
  private static func whole(_ chosen: [Message], _ rejected: [Message]) throws(DataError) -> ConversationPair {
    for (key, list) in [("chosen", chosen), ("rejected", rejected)] where list.last?.role != .assistant {
      throw .malformedRow(reason: "\(key): the last message is not the assistant's")
    }
    let count = zip(chosen, rejected).prefix { $0 == $1 }.count
    // Two equal replies leave no difference to find; the reply is then the last message.
    let length = min(count, chosen.count - 1, rejected.count - 1)
    guard length > 0 else {
      throw .malformedRow(reason: "\"chosen\" and \"rejected\" have no common beginning, and there is no \"prompt\"")
    }
    guard let good = chosen.last, let bad = rejected.last, chosen.count == length + 1, rejected.count == length + 1
    else {
      throw .malformedRow(
        reason: "\"chosen\" and \"rejected\" part before their last replies, at message \(length + 1), and a row has"
          + " one conversation: end both with the first reply in which they differ")
    }
    return try ConversationPair(Array(chosen[..<length]), [good.content, bad.content])
  }

  // MARK: Two places

  /// Whether a prompt says no more than the conversation: it is the conversation, or one text of the user's in it.
  package static func agrees(_ prompt: TextOrMessages, with turns: [Message]) -> Bool {
    switch prompt {
    case .messages(let messages): return turns.starts(with: messages)
    case .text(let text):
      let own = text.trimmed
      return turns.contains { $0.role == .user && $0.content.trimmed == own }
    }
  }

  /// The error of two places that say different things.
  package static func contradiction(_ first: String, _ second: String) -> DataError {
    .malformedRow(
      reason: "\"\(first)\" and \"\(second)\" say different things: leave one out, or begin \"\(second)\" with"
        + " \"\(first)\"")
  }
}

extension [Message] {
  /// Without the assistant's turn that waits for its reply.
  fileprivate var withoutOpenReply: [Message] {
    last?.role == .assistant && last?.content.isEmpty == true ? dropLast() : self
  }
}
