import CFuzzer
import Draws
import Foundation

/// `dmoerm-trust fuzz TARGET [libFuzzer's options and folders]`, `dmoerm-trust targets`, `dmoerm-trust seeds FOLDER`.
@main struct Main {
  static func main() {
    let arguments = CommandLine.arguments
    switch arguments.count > 1 ? arguments[1] : "" {
    case "targets":
      for target in FuzzTarget.all { print(target.name) }
    case "seeds":
      guard arguments.count == 3 else { fail("dmoerm-trust seeds FOLDER") }
      do { try seed(URL(fileURLWithPath: arguments[2])) } catch { fail("\(error)") }
    case "fuzz":
      guard arguments.count > 2, let target = FuzzTarget.all.first(where: { $0.name == arguments[2] }) else {
        fail("dmoerm-trust fuzz: name one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
      }
      FuzzTarget.current = target
      exit(fuzz(Array([arguments[0]] + arguments.dropFirst(3))))
    default:
      fail("usage: dmoerm-trust fuzz TARGET [OPTIONS] | targets | seeds FOLDER")
    }
  }

  /// Writes inputs to begin with into a folder for every target that has such.
  private static func seed(_ folder: URL) throws {
    for (name, bytes) in try FuzzTarget.seeds() {
      let own = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
      try Data(bytes).write(to: own.appendingPathComponent("seed"))
    }
  }

  /// Hands the arguments to libFuzzer.
  private static func fuzz(_ arguments: [String]) -> CInt {
    var texts: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    return texts.withUnsafeMutableBufferPointer { buffer in
      var count = CInt(arguments.count)
      var start = buffer.baseAddress
      return LLVMFuzzerRunDriver(&count, &start) { data, size in
        FuzzTarget.current?.run(UnsafeRawBufferPointer(start: data, count: size))
        return 0
      }
    }
  }

  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("\(reason)\n".utf8))
    exit(64)
  }
}

/// Called by libFuzzer for every new input that it makes of an old one.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32) -> Int {
  var random = Draws(seed: UInt64(seed))
  // Every third input is libFuzzer's own: no structure hides what breaks it.
  if let mutator = FuzzTarget.current?.mutator, random.below(3) > 0 {
    let old = [UInt8](UnsafeBufferPointer(start: data, count: size))
    if let new = mutator(old, &random), !new.isEmpty, new.count <= limit {
      new.withUnsafeBufferPointer { bytes in
        if let start = bytes.baseAddress { data.update(from: start, count: bytes.count) }
      }
      return new.count
    }
  }
  return LLVMFuzzerMutate(data, size, limit)
}
