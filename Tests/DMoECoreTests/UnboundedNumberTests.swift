import Testing
import _TestSupport

@_spi(Command) @testable import DMoECore

/// Numbers that users choose are looked at before memory is asked for.
@Suite struct UnboundedNumberTests {
  @Test(arguments: [0, -1, Int.min, 4097, 1_000_000_000, Int.max]) func aNumberOfThreadsThatIsNoneIsRefused(
    threads: Int
  ) {
    #expect(throws: CoreError.outOfRange("threads", value: "\(threads)", allowed: "from 1 to 4096")) {
      try Compute(ComputeOptions(threads: threads))
    }
  }

  @Test(arguments: [0, -1, 16_385, 99_999_999, Int.max]) func aRankThatIsNoneIsRefused(rank: Int) throws {
    let factors = Matrix(2, 2, [1, 2, 3, 4])
    let expected = CoreError.outOfRange("the rank", value: "\(rank)", allowed: "from 1 to 16384")
    #expect(throws: expected) { try LowRankFactorization(approximating: factors, rank: rank, compute: .reference) }
    #expect(throws: expected) {
      try LowRankFactorization(joining: [.init(a: factors, b: factors, scaling: 1)], rank: rank)
    }
  }

  @Test func aProbeOfImpossibleShapesIsRefused() {
    for (outputs, inputs, rows) in [(0, 4, 4), (4, -1, 4), (4, 4, 0), (.max, .max, .max), (1 << 40, 1 << 40, 1)] {
      #expect(throws: CoreError.self) { try ComputeProbe([.init(outputs: outputs, inputs: inputs)], rows: rows) }
    }
  }

  @Test func whatDoesNotFitIntoMemoryIsRefusedWithBothSizes() throws {
    #expect(throws: Never.self) { try Memory.require(floats: 1000, for: "little") }
    let error = #expect(throws: CoreError.self) { try Memory.require(floats: 1e18, for: "an adapter") }
    #expect(error == .tooLarge("an adapter", bytes: 4e18, memory: Memory.installed))
    #expect(error?.description.hasPrefix("an adapter takes 4e+09 GB of memory, and this machine has ") == true)
  }
}
