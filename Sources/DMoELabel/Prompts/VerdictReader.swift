import DMoEFoundation
import Foundation

/// A strict reader of a judge's reply: a text that only mentions an answer is none.
///
/// Three forms are read, and nothing else:
/// 1. a JSON object as `verdictSchema` describes it, possibly in a code fence and with further plain values;
/// 2. a text that as a whole is a spelling of an answer, possibly after a label such as "Verdict:";
/// 3. where reasons were asked for, a last line that is a label and a spelling.
///
/// Thoughts before the reply are skipped, with or without the mark that opens them (`Thoughts`).
/// Whatever contradicts itself is unreadable. The paper's code takes the first "1" or "2" that occurs anywhere.
@_spi(Command) public struct VerdictReader: Sendable {
  let spellings: [String: Verdict]
  let labels: [String]
  private let asksForReason: Bool

  /// A reader of the replies to a template.
  public init(_ prompt: ComparisonPrompt) {
    var spellings: [String: Verdict] = [:]
    for (verdict, list) in prompt.answers.byVerdict {
      for spelling in list { spellings[VerdictText.core(of: spelling)] = verdict }
    }
    self.spellings = spellings
    labels = prompt.verdictLabels.map(VerdictText.core(of:))
    asksForReason = prompt.asksForReason
  }

  /// Reads a reply.
  ///
  /// A reply that was cut off counts only if it is whole in the first or second form.
  public func read(_ reply: CompletionReply) -> ReplyReading {
    if reply.finishReason == .contentFilter || reply.refusal?.isEmpty == false {
      return ReplyReading(problem: .refused)
    }
    let isCut = reply.finishReason == .length
    let text = Self.withoutThoughts(reply.text)
    guard let text, text.contains(where: { !$0.isWhitespace }) else {
      return ReplyReading(problem: isCut ? .cutOff : .empty)
    }
    guard let verdict = verdict(of: text, isCut: isCut) else {
      return ReplyReading(problem: isCut ? .cutOff : .unreadable)
    }
    return ReplyReading(verdict, firstProbability: reply.tokens.flatMap { firstProbability(verdict, of: text, in: $0) })
  }

  // MARK: Forms

  private func verdict(of text: Substring, isCut: Bool) -> Verdict? {
    let content = Self.withoutFence(text)
    if content.first(where: { !$0.isWhitespace }) == "{" { return verdict(ofJSON: content) }
    if let verdict = verdict(ofWhole: text) { return verdict }
    return asksForReason && !isCut ? verdict(ofLastLine: text) : nil
  }

  private func verdict(ofJSON text: Substring) -> Verdict? {
    guard let members = Self.plainMembers(of: text) else { return nil }
    let values = members.filter { $0.key.lowercased() == "verdict" }.map(\.value)
    guard values.count == 1, let verdict = verdict(of: values[0]) else { return nil }
    // A second opinion under another key, such as "winner", must not differ.
    let contradicts = members.contains { member in
      guard case .string = member.value, let other = self.verdict(of: member.value) else { return false }
      return other != verdict
    }
    return contradicts ? nil : verdict
  }

  private func verdict(of value: JSONValue) -> Verdict? {
    switch value {
    case .string(let text): spellings[VerdictText.core(of: text)]
    case .number(let digits): spellings[digits]
    default: nil
    }
  }

  /// The members of an object that is the whole text and holds neither lists nor objects, each as often as it was
  /// written: a key that stands twice could hide a contradiction.
  private static func plainMembers(of text: Substring) -> [JSONObject.Member]? {
    guard let object = try? JSONReader.value(of: Data(text.utf8), .reply).object else { return nil }
    let isPlain = object.members.allSatisfy { $0.value.array == nil && $0.value.object == nil }
    return isPlain ? object.members : nil
  }

  private func verdict(ofWhole text: some StringProtocol) -> Verdict? {
    let core = VerdictText.core(of: text)
    return spellings[core] ?? verdict(ofLabelled: core)
  }

  private func verdict(ofLabelled core: String) -> Verdict? {
    for label in labels {
      if let rest = VerdictText.rest(of: core, after: label) { return spellings[VerdictText.core(of: rest)] }
    }
    return nil
  }

  private func verdict(ofLastLine text: Substring) -> Verdict? {
    let lines = text.split(whereSeparator: \.isNewline).map(VerdictText.core(of:)).filter { !$0.isEmpty }
    guard let last = lines.last, let verdict = verdict(ofLabelled: last) else { return nil }
    return lines.contains { self.verdict(ofLabelled: $0).map { $0 != verdict } ?? false } ? nil : verdict
  }

  // MARK: Wrappings

  /// What follows the thoughts; nil if these do not end.
  private static func withoutThoughts(_ text: String) -> Substring? {
    // In a whole JSON object marks of thoughts can only stand in its strings: they are quoted.
    if plainMembers(of: withoutFence(text[...])) != nil { return text[...] }
    let bytes = Array(text.utf8)
    return Thoughts.reply(in: bytes).map { Substring(String(decoding: bytes[$0], as: UTF8.self)) }
  }

  /// What stands in a code fence if the text is one, else the text.
  private static func withoutFence(_ text: Substring) -> Substring {
    let start = text.drop(while: \.isWhitespace)
    guard start.hasPrefix("```"), let lineEnd = start.firstIndex(where: \.isNewline) else { return text }
    var content = start[lineEnd...]
    while content.last?.isWhitespace == true { content.removeLast() }
    if content.hasSuffix("```") { content.removeLast(3) }
    return content
  }
}
