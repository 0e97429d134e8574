import ArgumentParser
import Foundation

/// The file that trunk outputs are kept in.
struct TrunkFileOptions: ParsableArguments {
  @Option(
    name: .customLong("trunk-file"), parsing: .unconditional,
    help: ArgumentHelp(
      "Keep the frozen layers' outputs in this file as well: what memory has no room for is read from it, also by later runs.",
      valueName: "file"), transform: pathWord)
  var file: String?
  @Option(name: .customLong("trunk-file-size"), parsing: .unconditional, help: "Gigabytes that --trunk-file may take.")
  var size = 32.0

  func validate() throws {
    guard size > 0, size < 1e6 else {
      throw ValidationError("--trunk-file-size must be above 0 and below 1,000,000 gigabytes, not \(size)")
    }
  }

  /// The file, and the bytes it may take; nil where none is named.
  var place: (url: URL, bytes: Int)? {
    file.map { (URL(fileURLWithPath: $0), Int(size * Double(1 << 30))) }
  }
}
