import Testing

@testable import DMoETrain

@Suite struct PromptGainTests {
  private static func gain(_ values: [(prompt: Int, gain: Double)]) -> PromptGain {
    values.reduce(into: PromptGain()) { $0.add($1.gain, prompt: $1.prompt) }
  }

  /// 1, 2 and 3: the sum is 6 and its standard error √3 · 1. −2, 0 and 3: 1, and √3 · √(19/3) = 4.36.
  @Test func aSumAboveItsStandardErrorIsCertain() {
    #expect(Self.gain([(0, 1), (1, 2), (2, 3)]).isCertain)
    #expect(!Self.gain([(0, -2), (1, 0), (2, 3)]).isCertain)
    #expect(!Self.gain([(0, -1), (1, -2), (2, -3)]).isCertain && !PromptGain().isCertain)
  }

  /// Nine pairs of one prompt that gain are one draw beside three that lose.
  @Test func pairsOfOnePromptAreOneDraw() {
    let losses = [(1, -0.4), (2, -0.4), (3, -0.4)].map { (prompt: $0.0, gain: $0.1) }
    let one = Self.gain((0..<9).map { _ in (prompt: 0, gain: 0.3) } + losses)
    let nine = Self.gain((10..<19).map { (prompt: $0, gain: 0.3) } + losses)
    #expect(abs(one.sum - nine.sum) < 1e-12)
    #expect(!one.isCertain && nine.isCertain)
  }
}
