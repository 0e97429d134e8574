@_spi(Command) import DMoEData
import DMoEExperiment
import Testing

@Suite struct LabelNoiseTests {
  private func samples(_ count: Int) throws -> [RankedResponses] {
    try (0..<count).map { index in
      try RankedResponses(
        id: "\(index)", conversation: Conversation(prompt: "prompt \(index)"), responses: ["a", "b"],
        ranks: index % 2 == 0 ? [1, 2] : [2, 1])
    }
  }

  @Test func aShareOfLabelsIsTurnedRoundAlwaysTheSame() throws {
    let samples = try samples(2000)
    let noise = LabelNoise(share: 0.25, seed: 3)
    let noisy = samples.map { noise.applied(to: $0) }
    let turned = zip(samples, noisy).count { $0.ranks != $1.ranks }
    #expect((440...560).contains(turned), "\(turned)")
    #expect(noisy == samples.map { noise.applied(to: $0) })
    #expect(noisy != samples.map { LabelNoise(share: 0.25, seed: 4).applied(to: $0) })
    #expect(samples.map { LabelNoise(share: 0).applied(to: $0) } == samples)
    #expect(
      zip(samples, samples.map { LabelNoise(share: 1).applied(to: $0) }).allSatisfy { $0.ranks == $1.ranks.reversed() })
  }

  @Test func severalAnnotatorsMakeSoftLabels() throws {
    let noisy = try samples(2000).map { LabelNoise(share: 0.25, annotators: 3, seed: 1).applied(to: $0) }
    var sure = 0
    for sample in noisy {
      let probability = try #require(sample.probability)
      // The majority's side, and a third or a whole of the votes.
      #expect((sample.ranks[0] < sample.ranks[1]) == (probability > 0.5))
      if probability == 1 || probability == 0 { sure += 1 }
    }
    // 0.75³ + 0.25³ of 2000.
    #expect((800...950).contains(sure), "\(sure)")
  }

  @Test func rankingsAndTiesStayAsTheyAre() throws {
    let three = try RankedResponses(
      id: "x", conversation: "Hi", responses: ["a", "b", "c"], ranks: [1, 2, 3], margin: 1)
    let tie = try RankedResponses(id: "y", conversation: "Hi", responses: ["a", "b"], ranks: [1, 1])
    for sample in [three, tie] { #expect(LabelNoise(share: 1).applied(to: sample) == sample) }
  }
}
