@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel

/// A comparison of two texts.
func comparison(
  _ conversation: Conversation = "What is 2 + 2?", _ first: String = "It is 4.", _ second: String = "Five!",
  point: CapabilityPoint? = CapabilityPoint(
    id: "empathy", name: "Empathy", chineseName: "共情能力", rubric: "The response understands."),
  language: String? = "en"
) throws -> Comparison {
  try Comparison(
    RankedResponses(
      id: "s", language: language, conversation: conversation, responses: [first, second], ranks: [1, 2]),
    point: point)
}
