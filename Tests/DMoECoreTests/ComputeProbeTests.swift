import Testing

@_spi(Command) @testable import DMoECore

@Suite struct ComputeProbeTests {
  static let shapes = [ComputeProbe.Shape(outputs: 32, inputs: 48), ComputeProbe.Shape(outputs: 200, inputs: 40)]

  @Test func operationsAreTwoForEveryWeightAndRow() throws {
    let probe = try ComputeProbe(Self.shapes, rows: 7, options: ComputeOptions(backend: .reference))
    #expect(probe.operations == Double(2 * 7 * (32 * 48 + 200 * 40)))
  }

  // OpenBLAS's own pool is the process's setting, and other tests multiply meanwhile: it is left out here.
  @Test func everyWayOfMultiplyingDoesTheSameWork() throws {
    var reference = try ComputeProbe(Self.shapes, rows: 70, options: ComputeOptions(backend: .reference, threads: 1))
    try reference.run()
    let expected = reference.checksum
    #expect(expected != 0)
    for options in [
      ComputeOptions(backend: .reference, threads: 3), ComputeOptions(backend: .openBLAS, threads: 1),
      ComputeOptions(backend: .openBLAS, threads: 2),
    ] {
      guard var probe = try? ComputeProbe(Self.shapes, rows: 70, options: options) else { continue }
      try probe.run()
      // 14,000 sums of 40 products below 1 in single precision, in another order.
      #expect(abs(probe.checksum - expected) < 0.05)
    }
  }

  @Test func theReferenceHasNoPoolOfOpenBLAS() throws {
    var probe = try ComputeProbe(Self.shapes, rows: 2, options: ComputeOptions(backend: .reference))
    #expect(throws: CoreError.self) { try probe.run(.openBLASPool) }
  }
}
