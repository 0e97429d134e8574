import Draws
import Foundation

/// One reader with its inputs: whatever bytes it is given, it says what is wrong with them or gives what it gives again when that
/// is written and read.
struct FuzzTarget: Sendable {
  /// The name on the command line, and of the corpus.
  let name: String
  /// A mutation that keeps the form of the files; nil for bytes that have none.
  let mutator: (@Sendable ([UInt8], inout Draws) -> [UInt8]?)?
  private let check: @Sendable (Data) throws -> Void

  init(
    _ name: String, mutator: (@Sendable ([UInt8], inout Draws) -> [UInt8]?)? = nil,
    _ check: @escaping @Sendable (Data) throws -> Void
  ) {
    self.name = name
    self.mutator = mutator
    self.check = check
  }

  /// The target of this process, set before the first input.
  nonisolated(unsafe) static var current: FuzzTarget?

  static let all: [FuzzTarget] = weightFiles + modelFiles + folders + texts + labelFiles + runFiles + requestBodies

  /// Gives the reader one input; an error is an answer, a violation ends the process.
  func run(_ bytes: UnsafeRawBufferPointer) {
    do {
      try check(Data(bytes))
    } catch let violation as Violation {
      fatalError(violation.reason)
    } catch {
      // What people are shown must be sayable.
      if "\(error)".isEmpty { fatalError("an error without words") }
    }
  }
}

/// A property that does not hold.
struct Violation: Error {
  let reason: String
}

/// Ends the process unless the condition holds.
func require(_ condition: @autoclosure () throws -> Bool, _ reason: @autoclosure () -> String) throws {
  guard try condition() else { throw Violation(reason: reason()) }
}

/// The value of what must succeed, since the same value was read before.
func must<T>(_ reason: String, _ body: () throws -> T) throws -> T {
  do { return try body() } catch let violation as Violation { throw violation } catch {
    throw Violation(reason: "\(reason): \(error)")
  }
}

/// A folder of this process, in that for temporary files: `Trust/campaign` has one in memory, and removes it also where the process
/// was ended by what it found.
enum Scratch {
  static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-trust-\(getpid())")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: Scratch.folder) }
    return folder
  }()

  /// A file with these bytes, which the next call of the same name replaces.
  static func file(_ name: String, _ bytes: Data) -> URL {
    let url = folder.appendingPathComponent(name)
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(descriptor) }
    bytes.withUnsafeBytes { buffer in
      if let base = buffer.baseAddress { precondition(write(descriptor, base, buffer.count) == buffer.count) }
    }
    return url
  }

  /// A folder of this name, made once.
  static func folder(_ name: String) -> URL {
    let url = folder.appendingPathComponent(name)
    mkdir(url.path, 0o755)
    return url
  }
}
