import DMoECore
import DMoEModel
import Testing
import _TestSupport

@testable import DMoEPolicy

/// A sample is the same bits alone, in any group, batch, order or thread count, and has the probability that training sees.
@Suite struct SampleInvarianceTests {
  private let sampling = Sampling(temperature: 0.8)

  private func options(_ edit: (inout GenerationOptions) -> Void = { _ in }) -> GenerationOptions {
    var options = GenerationOptions(maximumTokens: 9, sampling: sampling, seed: 11, stopTokens: [7])
    edit(&options)
    return options
  }

  private let prompts: [[Int32]] = [[3], [9, 30, 2, 41], (0..<40).map { Int32($0 * 7 % 60) }, [3, 3]]

  private static let models: [(name: String, adapter: String?)] = [
    ("llama", nil), ("llama", "adapters/all-patterns-causal"), ("gemma3", nil), ("phi3", nil), ("smollm3", nil),
  ]

  /// The computes under which a row of a product does not depend on the other rows.
  private static let independent = [
    ComputeOptions(backend: .reference, threads: 1), ComputeOptions(backend: .reference, threads: 2),
  ]

  @Test func aSampleIsTheSameAloneAndInAnyCompany() throws {
    for (name, adapter) in Self.models {
      var first: [[Completion]]?
      for options in Self.independent {
        let model = try PolicyFixture.model(name, adapter: adapter, on: options)
        let all = try model.generate(ids: prompts, count: 3, options: self.options())
        // Threads.
        if let first { #expect(all == first) } else { first = all }
        // Order and concurrency.
        let backwards = try model.generate(
          ids: prompts.reversed(), count: 3, options: self.options { $0.concurrency = 2 })
        #expect(Array(backwards.reversed()) == all, "\(name)")
        // Alone, sample by sample.
        for (prompt, samples) in zip(prompts, all) {
          for sample in samples {
            let alone = try model.generate(
              ids: [prompt], options: self.options { $0.firstSample = sample.sample })[0][0]
            #expect(alone == sample, "\(name)")
          }
        }
        // Beside itself.
        let twice = try model.generate(ids: [prompts[1], prompts[1]], count: 3, options: self.options())
        #expect(twice[0] == all[1] && twice[1] == all[1])
      }
    }
  }

  @Test func theRatioBeforeTheFirstUpdateIsExactlyOne() throws {
    for (name, adapter) in Self.models {
      for options in Self.independent {
        let model = try PolicyFixture.model(name, adapter: adapter, on: options)
        let all = try model.generate(ids: prompts, count: 3, options: self.options())
        for (prompt, samples) in zip(prompts, all) {
          let sampled = samples.map { $0.tokens.map(\.sampledLogProbability) }
          // As a group behind one prompt, and each as a text of its own.
          let group = try model.logProbabilities(
            of: samples.map(\.ids), after: prompt, temperature: sampling.temperature)
          #expect(group == sampled, "\(name)")
          for (sample, own) in zip(samples, sampled) {
            let alone = try model.logProbabilities(
              of: [sample.ids], after: prompt, temperature: sampling.temperature)
            #expect(alone == [own], "\(name)")
          }
        }
        // As a training batch of all groups, on a tape.
        let items = zip(prompts, all).map { EncodedResponses(prompt: $0, responses: $1.map(\.ids)) }
        let trained = LanguageModelTraining.parameters(of: model)
        let graph = Graph(model.compute, tape: Tape(training: trained))
        let values = try model.tokenValues(graph, of: items, temperature: sampling.temperature, checkpointing: true)
        #expect(
          (0..<values.rows).map { values.value[$0, 0] }
            == all.joined().flatMap { $0.tokens.map(\.sampledLogProbability) }, "\(name)")
      }
    }
  }

  @Test func anotherSeedWritesOtherTexts() throws {
    let model = try PolicyFixture.model("llama")
    let one = try model.generate(ids: prompts, count: 3, options: options())
    let other = try model.generate(ids: prompts, count: 3, options: options { $0.seed = 12 })
    #expect(one != other)
    #expect(Set(one.joined().map(\.ids)).count > 6)
  }
}

/// What a trainer of this model would train.
enum LanguageModelTraining {
  static func parameters(of model: LanguageModel) -> Set<ParameterID> {
    var ids: Set<ParameterID> = []
    var adapter = model.adapter
    adapter?.visitParameters("") { _, parameter in ids.insert(parameter.id) }
    return ids
  }
}
