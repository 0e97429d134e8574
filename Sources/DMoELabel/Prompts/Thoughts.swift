/// Finds the reply behind the thoughts that some models write before it, in text of UTF-8.
///
/// Thoughts end with a mark; the last one counts. Where they begin need not be said: the opening mark of several models
/// stands at the end of the prompt. A text without marks is a reply as a whole.
enum Thoughts {
  /// Where the reply stands, without its own wrapping and the marks of its end; nil if thoughts begin and do not end.
  static func reply(in text: [UInt8]) -> Range<Int>? {
    let text = lowercased(text)
    guard let start = start(in: text) else { return nil }
    return unwrapped(start..<text.count, in: text)
  }

  private static func start(in text: [UInt8]) -> Int? {
    if let channels = lastPlace(of: message, in: text) { return startOfFinal(message: channels, in: text) }
    let first = skipSpace(0, in: text)
    // The channels of OpenAI's open models, where a service dropped the marks and left the names.
    if ["analysis", "commentary"].contains(where: { begins(text[first...], with: $0) }),
      let place = lastPlace(of: bareFinal, in: text)
    {
      return place + bareFinal.count
    }
    let end = ends.compactMap { mark in lastPlace(of: mark, in: text).map { $0 + mark.count } }.max() ?? 0
    let rest = text[skipSpace(end, in: text)...]
    return beginnings.contains(where: rest.starts(with:)) ? nil : end
  }

  /// Where the text of the last channel begins if that is the final one, else nil.
  private static func startOfFinal(message place: Int, in text: [UInt8]) -> Int? {
    let head = lastPlace(of: channel, in: Array(text[..<place])).map { $0 + channel.count } ?? 0
    // Another channel has begun, and was cut off.
    if let next = lastPlace(of: channel, in: text), next > place { return nil }
    return begins(text[skipSpace(head, in: text)..<place], with: "final") ? place + message.count : nil
  }

  /// The range without the marks around a reply.
  private static func unwrapped(_ range: Range<Int>, in text: [UInt8]) -> Range<Int> {
    var range = range
    var isChanged = true
    while isChanged {
      isChanged = false
      let first = skipSpace(range.lowerBound, in: text)
      if let mark = wrappings.first(where: { text[first..<max(first, range.upperBound)].starts(with: $0) }) {
        range = (first + mark.count)..<range.upperBound
        isChanged = true
      }
      var last = range.upperBound
      while last > range.lowerBound, isSpace(text[last - 1]) { last -= 1 }
      if let mark = closings.first(where: { text[range.lowerBound..<last].suffix($0.count).elementsEqual($0) }) {
        range = range.lowerBound..<(last - mark.count)
        isChanged = true
      }
    }
    return range
  }

  // MARK: Marks, in lower case

  private static let message = Array("<|message|>".utf8)
  private static let channel = Array("<|channel|>".utf8)
  private static let bareFinal = Array("assistantfinal".utf8)

  /// The names of tags that several models share.
  private static let names = [
    "think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "analysis", "seed:think",
    "mm:think", "longcat_think",
  ]
  /// Mistral, Kimi, Cohere, Sky, Apertus, MedGemma and Gemma have marks of their own.
  private static let pairs =
    names.map { ("<\($0)>", "</\($0)>") } + [
      ("[think]", "[/think]"), ("◁think▷", "◁/think▷"), ("<|start_thinking|>", "<|end_thinking|>"),
      ("<|begin_of_thought|>", "<|end_of_thought|>"), ("<|inner_prefix|>", "<|inner_suffix|>"),
      ("<|think|>", "<|/think|>"), ("<unused94>", "<unused95>"), ("<|channel>", "<channel|>"),
    ]
  private static let beginnings = pairs.map { Array($0.0.utf8) }
  private static let ends = pairs.map { Array($0.1.utf8) }
  private static let wrappings = [
    "<answer>", "<response>", "<output>", "<final>", "<|start_response|>", "<|begin_of_solution|>",
  ].map { Array($0.utf8) }
  private static let closings = [
    "</answer>", "</response>", "</output>", "</final>", "<|end_response|>", "<|end_of_solution|>", "<|im_end|>",
    "<|end|>", "<|return|>", "<|eot_id|>", "<|eot|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<turn|>",
    "<eos>", "</s>", "<｜end▁of▁sentence｜>",
  ].map { Array($0.utf8) }

  // MARK: Bytes

  /// The last place of a word in a text.
  static func lastPlace(of word: some Collection<UInt8>, in text: [UInt8]) -> Int? {
    guard let first = word.first, text.count >= word.count else { return nil }
    return (0...(text.count - word.count)).last { text[$0] == first && text[$0...].starts(with: word) }
  }

  private static func begins(_ text: ArraySlice<UInt8>, with word: String) -> Bool { text.starts(with: word.utf8) }

  private static func skipSpace(_ place: Int, in text: [UInt8]) -> Int {
    var place = place
    while place < text.count, isSpace(text[place]) { place += 1 }
    return place
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }
}
