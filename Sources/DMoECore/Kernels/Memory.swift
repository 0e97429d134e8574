import Foundation

/// What can be allocated: numbers that come from outside are held to it before memory is asked for.
package enum Memory {
  /// Bytes of memory that this machine has.
  package static var installed: Double { Double(ProcessInfo.processInfo.physicalMemory) }

  /// - Parameters:
  ///   - floats: How many numbers of four bytes; a `Double`, so that the caller's products of settings cannot overflow.
  ///   - what: Named in the error.
  /// - Throws: `CoreError.tooLarge` for more than the machine's memory.
  package static func require(floats: Double, for what: @autoclosure () -> String) throws(CoreError) {
    let bytes = floats * Double(MemoryLayout<Float>.stride)
    guard bytes <= installed else { throw .tooLarge(what(), bytes: bytes, memory: installed) }
  }
}
