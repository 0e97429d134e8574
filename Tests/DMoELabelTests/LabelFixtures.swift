@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

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
