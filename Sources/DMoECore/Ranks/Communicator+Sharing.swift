import Foundation

extension Communicator {
  /// Has the ranks make some matrices together, each one of them once, and gives all of them to every rank.
  ///
  /// - Parameters:
  ///   - count: How many there are.
  ///   - body: Makes the one of a number.
  /// - Throws: what the body throws; `CommunicatorError`.
  package func sharing(_ count: Int, _ body: (Int) throws -> Matrix) throws -> [Matrix] {
    guard size > 1 else { return try (0..<count).map(body) }
    var own = Data()
    for number in stride(from: rank, to: count, by: size) {
      let matrix = try body(number)
      for extent in [matrix.rows, matrix.columns] {
        withUnsafeBytes(of: UInt64(extent).littleEndian) { own.append(contentsOf: $0) }
      }
      matrix.withElements { elements in own.append(contentsOf: UnsafeRawBufferPointer(elements)) }
    }
    var result = [Matrix?](repeating: nil, count: count)
    for (sender, bytes) in try allGather(own).enumerated() {
      var place = 0
      func malformed() -> CommunicatorError { .malformedMessage(sender: sender, reason: "a matrix is cut off") }
      for number in stride(from: sender, to: count, by: size) {
        guard place + 16 <= bytes.count else { throw malformed() }
        let extents = bytes.withUnsafeBytes { raw in
          [0, 8].map { Int(truncatingIfNeeded: raw.loadUnaligned(fromByteOffset: place + $0, as: UInt64.self)) }
        }
        place += 16
        let (elements, overflows) = extents[0].multipliedReportingOverflow(by: extents[1])
        guard !overflows, extents[0] >= 0, extents[1] >= 0, elements <= (bytes.count - place) / 4 else {
          throw malformed()
        }
        var matrix = Matrix(uninitialized: extents[0], extents[1])
        matrix.withMutableElements { target in
          bytes.withUnsafeBytes { raw in
            UnsafeMutableRawBufferPointer(target).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: raw[place..<place + elements * 4]))
          }
        }
        place += elements * 4
        result[number] = matrix
      }
    }
    return result.compactMap { $0 }
  }

  /// Has the ranks do some pieces of work together, each one of them once, and gives all of them to every rank.
  ///
  /// - Parameters:
  ///   - count: How many pieces there are.
  ///   - part: What a piece comes to.
  ///   - body: Does the one of a number.
  /// - Throws: what the body throws; where it threw on another rank only, `CommunicatorError.failed` with what it said.
  package func sharing<Part: Codable>(
    _ count: Int, as part: Part.Type, _ body: (Int) throws -> Part
  ) throws -> [Part] {
    guard size > 1 else { return try (0..<count).map(body) }
    let own = Result { try stride(from: rank, to: count, by: size).map(body) }
    var share = Share<Part>()
    switch own {
    case .success(let parts): share.parts = parts
    case .failure(let error): share.failure = "\(error)"
    }
    let encoded = Result { try JSONEncoder().encode(share) }
    let all = try allGather((try? encoded.get()) ?? Data())
    _ = try own.get()
    _ = try encoded.get()
    var result = [Part?](repeating: nil, count: count)
    for (sender, bytes) in all.enumerated() {
      let places = stride(from: sender, to: count, by: size)
      guard let share = try? JSONDecoder().decode(Share<Part>.self, from: bytes),
        share.failure != nil || share.parts.count == places.underestimatedCount
      else { throw CommunicatorError.malformedMessage(sender: sender, reason: "no share of the work") }
      if let failure = share.failure {
        throw CommunicatorError.failed(operation: "go on", reason: "rank \(sender): \(failure)")
      }
      for (place, part) in zip(places, share.parts) { result[place] = part }
    }
    return result.compactMap { $0 }
  }
}

/// What one rank has made, or why it has not.
private struct Share<Part: Codable>: Codable {
  var parts: [Part] = []
  var failure: String?
}
