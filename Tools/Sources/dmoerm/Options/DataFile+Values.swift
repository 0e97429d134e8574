@_spi(Command) import DMoERM
import Foundation

extension DataFile {
  /// The values of a file that has one a line.
  ///
  /// - Throws: `Failure` that names the first line that is none.
  func values<Value: Decodable>(of type: Value.Type) throws -> [Value] {
    var reader = try lines()
    var values: [Value] = []
    while let line = try reader.next() {
      do { values.append(try JSONDecoder().decode(type, from: line.bytes)) } catch {
        throw Failure("\(name):\(line.number): the line is not what --input takes", status: .badInput)
      }
    }
    return values
  }
}
