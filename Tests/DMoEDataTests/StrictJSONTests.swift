@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct StrictJSONTests {
  @Test func aFaultIsToldWithItsPlaceAndNoText() {
    let error = #expect(throws: JSONSyntaxError.self) { try StrictJSON.check(Data("{\"a\": \"SECRET\",\n}".utf8)) }
    #expect(error?.description == "not valid JSON: a comma before a closing bracket, line 2, column 1")
    #expect(throws: Never.self) { try StrictJSON.check(Data("{}".utf8)) }
  }

  /// A line of rows: Foundation's decoder takes all of these.
  @Test(arguments: [
    (#"{"prompt":"a","chosen":"b","rejected":"c",}"#, "a comma before a closing bracket"),
    (#"{"prompt":"a","prompt":"d","chosen":"b","rejected":"c"}"#, #"the key "prompt" stands twice"#),
    (#"{"prompt":"a","chosen":"b","rejected":"c","margin":NaN}"#, "NaN"),
  ]) func rowsAreReadByTheLetter(row: String, reason: String) {
    #expect(refusal(row)?.contains(reason) == true)
    #expect(refusal(#"{"prompt":"a","chosen":"b","rejected":"c"}"# + "\n" + row)?.contains(reason) == true)
  }
}
