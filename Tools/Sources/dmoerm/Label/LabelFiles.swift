import ArgumentParser
import Foundation

/// The files that a call of `dmoerm label` reads and writes.
enum LabelFiles {
  typealias Named = (option: String, path: String?)

  /// - Throws: `ValidationError` if a file would be written that the call also reads, or that is two of its outputs.
  static func checkApart(inputs: [Named], outputs: [Named]) throws {
    var taken: [String: String] = [:]
    for case (let option, let path?) in inputs where path != "-" { taken[URL(fileURLWithPath: path).place] = option }
    for case (let option, let path?) in outputs {
      if let other = taken.updateValue(option, forKey: URL(fileURLWithPath: path).place) {
        throw ValidationError("\(option) \(path) is the file of \(other): it would be overwritten")
      }
    }
  }
}
