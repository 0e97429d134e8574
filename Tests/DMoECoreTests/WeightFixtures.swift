import DMoECore
import Foundation
import Testing

/// The files that Scripts/fixtures/make_weight_files.py writes.
enum WeightFixtures {
  static func url(_ name: String) throws -> URL {
    let root = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return root.appendingPathComponent("Weights").appendingPathComponent(name)
  }

  static func data(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  /// The floats of `name.expected.f32`.
  static func expected(_ name: String) throws -> [Float] {
    let bytes = try data("\(name).expected.f32")
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
    }
  }
}

extension Array where Element == Float {
  /// Equality that tells 0 from -0.
  var bits: [UInt32] { map(\.bitPattern) }
}

/// The reason of the `malformedFile` that `body` must throw.
func malformedReason<T>(_ body: () throws -> T, sourceLocation: SourceLocation = #_sourceLocation) -> String {
  do {
    _ = try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch CoreError.malformedFile(_, let reason) {
    return reason
  } catch {
    Issue.record("another error was thrown: \(error)", sourceLocation: sourceLocation)
  }
  return ""
}
