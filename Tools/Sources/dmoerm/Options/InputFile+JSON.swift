@_spi(Command) import DMoERM
import Foundation

extension InputFile {
  /// The JSON in the file, which is read by the letter: Foundation would take a comma before a closing bracket, and of
  /// a key that stands twice one of both values.
  ///
  /// - Throws: `Failure` of this status for what is no JSON.
  func json(status: ExitStatus) throws -> Data {
    let content = try content()
    do { try StrictJSON.check(content) } catch {
      throw Failure("\(path):\(error.line):\(error.column): \(error.reason)", status: status)
    }
    return content
  }
}
