import Testing

@_spi(Command) @testable import DMoELabel

@Suite struct ThoughtsTests {
  private func reply(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    return Thoughts.reply(in: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test(arguments: [
    "<think>2</think>1", "2</think>1", "<THINK>2</THINK>1", "  <thinking>2</thinking>1", "a</thought>1",
    "<reasoning>2</reasoning>1", "[THINK]2[/THINK]1", "2[/THINK]1", "◁think▷2◁/think▷1", "<seed:think>2</seed:think>1",
    "<|START_THINKING|>2<|END_THINKING|><|START_RESPONSE|>1<|END_RESPONSE|>",
    "<|begin_of_thought|>2<|end_of_thought|><|begin_of_solution|>1<|end_of_solution|>", "<unused94>2<unused95>1",
    "<|channel>thought\n2<channel|>1<turn|>", "<think>2</think><answer>1</answer>", "1<|im_end|>", "1</s>",
    "<|channel|>analysis<|message|>2<|end|><|start|>assistant<|channel|>final<|message|>1<|return|>",
    "<|channel|>final<|message|>1", "<|channel|>final <|constrain|>json<|message|>1", "final<|message|>1",
    "analysis2?assistantfinal1", "<think>a</think>2</think>1", "<think></think>1",
  ]) func whatFollowsTheLastThoughtIsTheReply(text: String) {
    #expect(reply(text) == "1")
  }

  @Test(arguments: [
    "<think>1", "\n<think>\n1", "<think>1</think><think>2", "[THINK]1", "<|channel|>analysis<|message|>1",
    "<|channel|>final<|message|>1<|end|><|start|>assistant<|channel|>commentary", "<|channel|>commentary<|message|>1",
  ]) func thoughtsThatDoNotEndLeaveNoReply(text: String) {
    #expect(reply(text) == nil)
  }

  @Test(arguments: ["", "1", "Analysis: 1 is kinder.\nVerdict: 1", "a < b", "</thin", "x <think> y", "平局"])
  func textWithoutMarksIsTheReply(text: String) {
    #expect(reply(text) == text)
  }

  @Test func anObjectMayQuoteTheMarks() {
    let reader = VerdictReader(.english(asksForReason: true))
    func read(_ text: String) -> ReplyReading { reader.read(CompletionReply(text: text)) }
    #expect(read(#"{"reason":"it ends with </think>","verdict":"1"}"#).verdict == .first)
    #expect(read(#"{"verdict":"2"} no.</think>{"verdict":"1"}"#).verdict == .first)
    #expect(read(#"{"verdict":"2"} no.</think>"#).problem == .empty)
  }
}
