@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

struct SettingsFileTests {
  /// The settings that a text in a file is, and the file's path.
  private func read(_ text: String) throws -> (json: Result<SettingsJSON, any Error>, path: String) {
    let scratch = try Scratch()
    try scratch.write(text, to: "settings.json")
    let path = scratch.url.appendingPathComponent("settings.json").path
    return (Result { try SettingsFile(path).json }, path)
  }

  private func failure(_ text: String) throws -> String {
    let (json, path) = try read(text)
    let failure = #expect(throws: Failure.self) { try json.get() }
    #expect(failure?.status == .usage)
    return failure?.message.replacingOccurrences(of: path, with: "FILE") ?? ""
  }

  @Test(arguments: ["", "\u{FEFF}"]) func numbersAreAsExactAsTheyAreWritten(mark: String) throws {
    let text = #"{"training": {"seed": 18446744073709551615, "base": {"batchSize": 2.5e1}}}"#
    let json = try read(mark + text).json.get()
    let plan = try TrainingPlan().overridden(by: json, in: "FILE")
    #expect(plan.training.seed == .max && plan.training.base.batchSize == 25)
  }

  @Test(arguments: [
    (#"{"a": 1,}"#, "FILE:1:9: not valid JSON: a comma before a closing bracket"),
    ("{\n\"a\": {\"b\": 1,\n \"b\": 2}\n}", #"FILE:3:2: the key "a.b" stands twice"#),
    ("{\"a\":\n NaN}", "FILE:2:2: not valid JSON: NaN and infinities are no numbers of JSON"),
    ("{a: 1}", "FILE:1:2: not valid JSON"), ("", "FILE:1:1: not valid JSON: it ends too early"),
    ("{} {}", "FILE:1:4: not valid JSON: something follows the value"),
  ])
  func whatIsNoObjectOfSettingsIsToldByItsPlace(text: String, message: String) throws {
    #expect(try failure(text) == message)
  }

  /// As deep as JSON is read, and deeper: neither ends the program.
  @Test func deepSettingsAreReadOrRefused() throws {
    func nested(_ depth: Int) -> String {
      #"{"a": "# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    }
    #expect(throws: Never.self) { try read(nested(400)).json.get() }
    #expect(try failure(nested(100_000)).contains("nested more than"))
  }
}
