import DMoEData

/// A reader of texts that one template wrote; it looks at bytes, as tokenizers do, not at what people take for characters.
struct TurnScanner {
  /// What stands around the turns of one role.
  private struct Frame {
    let role: String
    let prefix: [UInt8]
    /// The prefix without white space at its ends: decoders change that beside control tokens.
    let mark: [UInt8]
    /// What ends the turn, without white space at its ends; empty where the next turn's prefix ends it.
    let end: [UInt8]
    /// The white space between a content and its end.
    let lead: [UInt8]
    /// Whether the mark is one that nobody writes by chance.
    var isMarked: Bool { mark.first == UInt8(ascii: "<") || mark.first == UInt8(ascii: "[") }

    /// How many bytes of a text the header takes; 0 if it is not there.
    func count(in text: ArraySlice<UInt8>) -> Int {
      if text.starts(with: prefix) { return prefix.count }
      guard !mark.isEmpty, text.starts(with: mark) else { return 0 }
      // A role's name ends where white space does, or the text: another role may begin like it.
      if let last = mark.last, last.isLetter, let after = text.dropFirst(mark.count).first, !after.isBlank { return 0 }
      return mark.count
    }

    /// Whether the header stands at a place of a text; words that anyone writes are one at the beginning of a line only.
    func begins(at place: Int, in text: ArraySlice<UInt8>) -> Bool {
      guard !mark.isEmpty, text[place] == mark[0], count(in: text[place...]) > 0 else { return false }
      return isMarked || place == text.startIndex || text[place - 1] == UInt8(ascii: "\n")
    }
  }

  /// What a text was read as.
  struct Reading {
    var turns: [Message] = []
    var asksForResponse = false
  }

  private let template: ConversationTemplate
  private let frames: [Frame]
  /// What stands before and behind a role's name in headers that have one.
  private let headers: [(before: [UInt8], behind: [UInt8])]
  /// A token that begins a sequence anew before each of the user's turns (Llama 2); empty if there is none.
  private let restart: [UInt8]
  /// Tokens behind the last turn.
  private let closings: [[UInt8]]

  init(_ template: ConversationTemplate) {
    self.template = template
    let first = template.controlTokens.first ?? ""
    let restarts = !first.isEmpty && template.roles["user"]?.prefix.hasPrefix(first + "[") ?? false
    restart = restarts ? Array(first.utf8) : []
    closings = ([template.endToken] + Self.usualClosings).filter { !$0.isEmpty }.map { Array($0.utf8) }
    let frames = template.roles.map { role, frame in
      let prefix = Array(frame.prefix.utf8.dropFirst(restarts && role == "user" ? first.utf8.count : 0))
      let suffix = Array(frame.suffix.utf8)
      return Frame(
        role: role, prefix: prefix, mark: Array(prefix.trimmed), end: Array(suffix.trimmed),
        lead: Array(suffix.prefix(while: \.isBlank)))
    }
    // The longest first: a prefix may begin with another one.
    self.frames = frames.sorted { ($0.prefix.count, $0.role) > ($1.prefix.count, $1.role) }
    headers = frames.compactMap { frame in
      guard frame.isMarked, let name = frame.mark[...].place(of: Array(frame.role.utf8)) else { return nil }
      return (Array(frame.mark[..<name.lowerBound]), Array(frame.mark[name.upperBound...]))
    }
  }

  /// The turns of a text; nil if it is not written in the template.
  ///
  /// - Throws: `TemplatedText.Refusal` if it begins in the template and does not go on so.
  func read(_ text: ArraySlice<UInt8>) throws(TemplatedText.Refusal) -> Reading? {
    var result = Reading()
    var rest = text
    while true {
      var next = rest.drop(while: \.isBlank)
      if isClosing(next) { break }
      if !restart.isEmpty, next.starts(with: restart) { next = next.dropFirst(restart.count) }
      guard let frame = frame(at: next, after: result.turns.last?.role) else {
        if let role = unknownRole(at: next, isFirst: result.turns.isEmpty) { throw .unknownRole(role) }
        if result.turns.isEmpty { return nil }
        throw .unfinishedTurn(template: template.name)
      }
      rest = next.dropFirst(frame.count(in: next))
      if frame.role == template.responseRole, !frame.mark.isEmpty, rest.allSatisfy(\.isBlank) {
        result.asksForResponse = true
        break
      }
      try append(frame, &rest, to: &result)
    }
    // A template whose responses have no header asks for one by ending with the user's turn.
    if result.turns.last?.role == .user { result.asksForResponse = true }
    return result.turns.isEmpty ? nil : result
  }

  /// Tokens that end or fill up sequences, whatever the template.
  static let usualClosings = ["</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "<pad>"]

  /// Whether nothing is left but tokens that end or fill up a sequence.
  private func isClosing(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    while let token = closings.first(where: { rest.starts(with: $0) }) {
      rest = rest.dropFirst(token.count).drop(while: \.isBlank)
    }
    return rest.isEmpty
  }

  /// The frame of the turn that begins here.
  private func frame(at text: ArraySlice<UInt8>, after role: Message.Role?) -> Frame? {
    if let found = frames.first(where: { !$0.mark.isEmpty && $0.count(in: text) > 0 }) { return found }
    // Only answers, and the system message of some templates, stand without a header.
    return frames.first { frame in
      guard frame.mark.isEmpty else { return false }
      if frame.role == "assistant" { return role == .user }
      return frame.role == "system" && role == nil
        && text.firstPlace { place in frames.contains { $0.role == "user" && $0.begins(at: place, in: text) } } != nil
    }
  }

  /// The role of a turn that begins here like those of the template, and is none of them: that of a tool, for one.
  ///
  /// - Parameter isFirst: Whether nothing shows yet that the text is in this template, as a token before the name does.
  private func unknownRole(at text: ArraySlice<UInt8>, isFirst: Bool) -> String? {
    for header in headers where text.starts(with: header.before) {
      if isFirst, header.before.last != UInt8(ascii: ">") { continue }
      let rest = text.dropFirst(header.before.count)
      let name = rest.prefix(32).prefix { $0.isLetter || $0 == UInt8(ascii: "_") }
      let after = rest.dropFirst(name.count)
      guard !name.isEmpty, header.behind.isEmpty ? after.first?.isBlank ?? false : after.starts(with: header.behind)
      else { continue }
      // Templates write other tokens between the same marks, such as the end of a turn.
      let mark = (header.before + name + header.behind).text
      if !template.controlTokens.contains(mark), mark != template.endToken { return name.text }
    }
    return nil
  }

  /// Reads the content of a turn and what ends it.
  private func append(
    _ frame: Frame, _ rest: inout ArraySlice<UInt8>, to result: inout Reading
  ) throws(TemplatedText.Refusal) {
    guard let role = Message.Role(rawValue: frame.role) else { throw .unknownRole(frame.role) }
    let end = frame.end.isEmpty ? nil : rest.place(of: frame.end)
    // Looked for up to the end only, so that a text of many turns is walked once.
    let next = rest[..<(end?.lowerBound ?? rest.endIndex)].firstPlace { place in
      frames.contains { (frame.end.isEmpty || $0.isMarked) && $0.begins(at: place, in: rest) }
    }
    // A turn that another one begins in has lost its end.
    if !frame.end.isEmpty, next != nil { throw .unfinishedTurn(template: template.name) }
    var content = rest[..<(end?.lowerBound ?? next ?? rest.endIndex)]
    rest = rest[(end?.upperBound ?? next ?? rest.endIndex)...]
    if !frame.lead.isEmpty, content.suffix(frame.lead.count).elementsEqual(frame.lead) {
      content = content.dropLast(frame.lead.count)
    }
    // Where a turn's end is that of the next one's header, one of an unknown role would be taken for more of it.
    if let ended = content.place(of: Array(template.endToken.utf8)),
      let role = unknownRole(at: content[ended.upperBound...].drop(while: \.isBlank), isFirst: false)
    {
      throw .unknownRole(role)
    }
    if case .firstTurn(let prefix, let suffix, _) = template.systemPlacement, !prefix.isEmpty, role == .user,
      result.turns.isEmpty, content.starts(with: prefix.utf8), let close = content.place(of: Array(suffix.utf8))
    {
      result.turns.append(.system(content[..<close.lowerBound].dropFirst(prefix.utf8.count).text))
      content = content[close.upperBound...]
    }
    result.turns.append(Message(role: role, content: role == .system ? content.withoutDates.text : content.text))
  }
}

extension UInt8 {
  var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
  fileprivate var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}

extension Collection<UInt8> {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

extension BidirectionalCollection<UInt8> {
  /// Without white space at the ends.
  fileprivate var trimmed: SubSequence {
    var rest = drop(while: \.isBlank)
    while let last = rest.last, last.isBlank { rest = rest.dropLast() }
    return rest
  }
}

extension ArraySlice<UInt8> {
  /// The first place of which something holds.
  fileprivate func firstPlace(_ holds: (Int) -> Bool) -> Int? { indices.first(where: holds) }

  /// The first place of a mark, which is not empty.
  fileprivate func place(of mark: [UInt8]) -> Range<Int>? {
    guard let first = mark.first, count >= mark.count else { return nil }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first), found + mark.count <= endIndex {
      if self[found..<found + mark.count].elementsEqual(mark) { return found..<found + mark.count }
      start = found + 1
    }
    return nil
  }

  /// A system message without the dates that Llama 3.1's and 3.2's templates write before it.
  fileprivate var withoutDates: ArraySlice<UInt8> {
    guard drop(while: \.isBlank).starts(with: "Cutting Knowledge Date: ".utf8), let end = place(of: [0x0A, 0x0A]),
      self[..<end.lowerBound].place(of: Array("Today Date: ".utf8)) != nil
    else { return self }
    return self[end.upperBound...]
  }
}
