import DMoECore
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoEPolicy

@Suite struct LogProbabilityGradientTests {
  /// More rows than one block, and targets in every part of the vocabulary.
  @Test func headAndSoftmaxMatchTheirFormula() {
    let (rows, hidden, vocabulary) = (70, 5, 1030)
    let weights = randomMatrix(vocabulary, hidden, seed: 1)
    let targets = (0..<rows).map { Int32($0 * 397 % vocabulary) }
    for compute in everyBackend {
      for temperature: Float in [1, 0.6] {
        checkOperation(
          "logProbabilities", [randomMatrix(rows, hidden, seed: 2)], on: compute, tolerance: 5e-5, directions: 12
        ) { graph, parameters in
          graph.logProbabilities(
            graph.variable(parameters[0]), head: Linear(frozen: DenseWeight(weights)), targets: targets,
            temperature: temperature)
        } twin: { inputs in
          let logits = inputs[0].timesTransposed(DoubleMatrix(weights)).map { $0 / Double(temperature) }
          var result = DoubleMatrix(zeros: rows, 2)
          for row in 0..<rows {
            let own = (0..<vocabulary).map { logits[row, $0] }
            let top = own.max() ?? 0
            let sum = own.reduce(0) { $0 + exp($1 - top) }
            let logarithms = own.map { $0 - top - log(sum) }
            result[row, 0] = logarithms[Int(targets[row])]
            result[row, 1] = -logarithms.reduce(0) { $0 + exp($1) * $1 }
          }
          return result
        }
      }
    }
  }

  /// The divergence of whole distributions, beside the two numbers that are there without a reference.
  @Test func theDivergenceFromAReferenceMatchesItsFormula() {
    let (rows, hidden, vocabulary) = (70, 5, 1030)
    let weights = randomMatrix(vocabulary, hidden, seed: 1)
    let reference = randomMatrix(rows, hidden, seed: 7)
    let targets = (0..<rows).map { Int32($0 * 397 % vocabulary) }
    let head = Linear(frozen: DenseWeight(weights))
    for compute in everyBackend {
      let states = randomMatrix(rows, hidden, seed: 2)
      checkOperation("logProbabilities", [states], on: compute, tolerance: 5e-5, directions: 12) { graph, parameters in
        graph.logProbabilities(
          graph.variable(parameters[0]), head: head, targets: targets, temperature: 0.6, reference: reference)
      } twin: { inputs in
        func logarithms(_ states: DoubleMatrix) -> [[Double]] {
          let logits = states.timesTransposed(DoubleMatrix(weights)).map { $0 / 0.6 }
          return (0..<rows).map { row in
            let own = (0..<vocabulary).map { logits[row, $0] }
            let top = own.max() ?? 0
            let sum = own.reduce(0) { $0 + exp($1 - top) }
            return own.map { $0 - top - log(sum) }
          }
        }
        let (p, q) = (logarithms(inputs[0]), logarithms(DoubleMatrix(reference)))
        var result = DoubleMatrix(zeros: rows, 3)
        for row in 0..<rows {
          result[row, 0] = p[row][Int(targets[row])]
          result[row, 1] = -p[row].reduce(0) { $0 + exp($1) * $1 }
          result[row, 2] = zip(p[row], q[row]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        }
        return result
      }
      // A distribution is exactly as far from itself as it is, and its other numbers are the same bits.
      let own = Graph(compute).logProbabilities(
        Variable(constant: states), head: head, targets: targets, temperature: 0.6, reference: states
      ).value
      let plain = Graph(compute).logProbabilities(
        Variable(constant: states), head: head, targets: targets, temperature: 0.6
      ).value
      for row in 0..<rows {
        #expect(own[row, 2] == 0 && own[row, 0] == plain[row, 0] && own[row, 1] == plain[row, 1])
      }
    }
  }

  /// Through all layers, by one direction in all parameters of the adapter; the step is as long as single precision allows.
  @Test func adaptersGetTheGradientOfTheirTexts() throws {
    for compute in everyBackend {
      let model = try PolicyFixture.model(
        "llama", adapter: "adapters/qv-causal", on: PolicyFixture.options(compute))
      let items = [
        EncodedResponses(prompt: [4, 9, 100], responses: [[7, 8, 9], [200, 1]]),
        EncodedResponses(prompt: [50], responses: [[3, 3, 3, 3]]),
      ]
      let tape = Tape(training: LanguageModelTraining.parameters(of: model))
      let values = try model.tokenValues(Graph(compute, tape: tape), of: items, temperature: 0.7, checkpointing: true)
      let seed = randomMatrix(values.rows, 2, seed: 3)
      tape.backward(from: values, seed: seed, compute)
      let gradients = tape.gradients
      var slope = 0.0
      func moved(_ step: Float) throws -> Double {
        var model = model
        var number: UInt64 = 50
        model.adapter?.visitParameters("") { _, parameter in
          number += 1
          let direction = randomMatrix(parameter.value.rows, parameter.value.columns, seed: number)
          if step == 0, let gradient = gradients[parameter.id] {
            slope += zip(gradient.elements, direction.elements).reduce(0) { $0 + Double($1.0 * $1.1) }
          }
          let moved = zip(parameter.value.elements, direction.elements).map { $0 + step * $1 }
          parameter.value = Matrix(parameter.value.rows, parameter.value.columns, moved)
        }
        let found = try model.tokenValues(Graph(compute), of: items, temperature: 0.7).value
        return zip(found.elements, seed.elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      _ = try moved(0)
      let step: Float = 2e-3
      let difference = try (moved(step) - moved(-step)) / Double(2 * step)
      #expect(gradients.count == LanguageModelTraining.parameters(of: model).count)
      #expect(abs(difference - slope) < 0.01 * abs(slope), "\(difference), \(slope)")
      // The reference is the same call without the adapter, and has no gradient.
      let plain = try model.tokenValues(
        Graph(compute, tape: Tape(training: [])), of: items, temperature: 0.7, adapter: nil)
      let reference = try model.reference.logProbabilities(
        of: items[0].responses, after: items[0].prompt, temperature: 0.7)
      #expect(!plain.isRecorded)
      expectClose(
        reference.flatMap { $0 }, (0..<5).map { plain.value[$0, 0] }, 1e-5, relativeTo: 1)
    }
  }
}
