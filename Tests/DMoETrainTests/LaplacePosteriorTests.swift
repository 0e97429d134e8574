import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

@Suite struct LaplacePosteriorTests {
  @Test func moreDataMakesRewardsSurerAndTheOrderIsLearnt() throws {
    let samples = try TinyRun.samples(perCategory: 40).filter { $0.capability == nil && $0.category == "chat" }
    let model = try TinyRun.model()
    func posterior(_ count: Int) throws -> LaplacePosterior {
      try LaplacePosterior(model, category: "chat", samples: Array(samples.prefix(count)), ridges: [0.01])
    }
    let (few, many) = (try posterior(10), try posterior(40))
    var right = 0
    for index in 60..<70 {
      let conversation = try TinyRun.conversation("chat", index)
      let first = try few.estimates(of: ["yes 1", "no 2"], to: conversation)
      let second = try many.estimates(of: ["yes 1", "no 2"], to: conversation)
      for (a, b) in zip(first, second) { #expect(a.deviation > b.deviation && b.deviation > 0) }
      if second[0].mean > second[1].mean { right += 1 }
    }
    #expect(right >= 8)
  }

  @Test func withoutPairsThereIsNoPosterior() throws {
    #expect(throws: TrainError.noSamples(phase: "base/chat")) {
      try LaplacePosterior(TinyRun.model(), category: "chat", samples: [])
    }
  }

  @Test func aPosteriorThatWasWrittenEstimatesTheSame() throws {
    try withTemporaryFolder { folder in
      let samples = try TinyRun.samples(perCategory: 20).filter { $0.category == "chat" }
      let model = try TinyRun.model()
      let posterior = try LaplacePosterior(model, category: "chat", samples: samples)
      let url = folder.appendingPathComponent("posterior.safetensors")
      try posterior.write(to: url)
      let read = try LaplacePosterior(contentsOf: url, model, category: "chat")
      let conversation = try TinyRun.conversation("chat", 70)
      #expect(
        try read.estimates(of: ["yes 1", "no 2"], to: conversation)
          == posterior.estimates(of: ["yes 1", "no 2"], to: conversation))
      try Data(contentsOf: url).dropLast(9).write(to: url)
      #expect(throws: CoreError.self) { try LaplacePosterior(contentsOf: url, model, category: "chat") }
    }
  }
}
