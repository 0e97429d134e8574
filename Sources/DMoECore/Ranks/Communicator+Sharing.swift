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
  ///   - shares: Who does which; `nil` deals them out one by one.
  ///   - body: Does the one of a number.
  /// - Throws: what the body throws; where it threw on another rank only, `CommunicatorError.failed` with what it said.
  package func sharing<Part: Codable>(
    _ count: Int, as part: Part.Type, by shares: LeafShares? = nil, _ body: (Int) throws -> Part
  ) throws -> [Part] {
    guard size > 1 else { return try (0..<count).map(body) }
    return try all(count, shares, with: Result { try places(count, shares, rank).map(body) })
  }

  /// The same of work that waits for others.
  ///
  /// - Parameters:
  ///   - count: How many pieces there are.
  ///   - part: What a piece comes to.
  ///   - body: Does the one of a number.
  /// - Throws: as the other.
  package func sharing<Part: Codable>(
    _ count: Int, as part: Part.Type, awaiting body: (Int) async throws -> Part
  ) async throws -> [Part] {
    var own: [Part] = []
    do {
      for place in places(count, nil, rank) { own.append(try await body(place)) }
    } catch {
      guard size > 1 else { throw error }
      return try all(count, nil, with: Result<[Part], any Error>.failure(error))
    }
    return size > 1 ? try all(count, nil, with: .success(own)) : own
  }

  /// The pieces of a rank.
  private func places(_ count: Int, _ shares: LeafShares?, _ rank: Int) -> [Int] {
    shares.map { Array($0[rank]) } ?? Array(stride(from: rank, to: count, by: size))
  }

  /// All pieces, of which this rank has done its own.
  private func all<Part: Codable>(
    _ count: Int, _ shares: LeafShares?, with own: Result<[Part], any Error>
  ) throws -> [Part] {
    var share = Share<Part>()
    switch own {
    case .success(let parts): share.parts = parts
    case .failure(let error): share.failure = "\(error)"
    }
    let encoded = Result { try Self.encoder.encode(share) }
    let all = try allGather((try? encoded.get()) ?? Data())
    _ = try own.get()
    _ = try encoded.get()
    var result = [Part?](repeating: nil, count: count)
    for (sender, bytes) in all.enumerated() {
      let places = places(count, shares, sender)
      guard let share = try? Self.decoder.decode(Share<Part>.self, from: bytes),
        share.failure != nil || share.parts.count == places.count
      else { throw CommunicatorError.malformedMessage(sender: sender, reason: "no share of the work") }
      if let failure = share.failure {
        throw CommunicatorError.failed(operation: "go on", reason: "rank \(sender): \(failure)")
      }
      for (place, part) in zip(places, share.parts) { result[place] = part }
    }
    return result.compactMap { $0 }
  }

  /// Numbers that are not finite travel too: what they mean, all ranks find out in the same way.
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}

/// What one rank has made, or why it has not.
private struct Share<Part: Codable>: Codable {
  var parts: [Part] = []
  var failure: String?
}
