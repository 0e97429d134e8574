@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct JSONTreeTests {
  @Test func numbersKeepTheirDigitsAndObjectsTheirOrder() throws {
    let text = #"{"b":1.50,"a":[12345678901234567890123,null,true],"c":{"d":"\u00e9\n"}}"#
    let tree = try JSONTree(reading: Data(text.utf8))
    #expect(tree.text == #"{"b":1.50,"a":[12345678901234567890123,null,true],"c":{"d":"é\n"}}"#)
    #expect(tree.keys == ["b", "a", "c"] && tree["b"]?.double == 1.5 && tree["a"]?.array?[2].bool == true)
    let null = try JSONTree(reading: Data(#"{"a":null}"#.utf8))
    #expect(tree["missing"] == nil && null["a"] == nil)
    #expect(tree.setting("a", JSONTree(2)).text == #"{"b":1.50,"a":2,"c":{"d":"é\n"}}"#)
  }

  @Test(arguments: ["{\"a\":NaN}", "{\"a\":1,\"a\":2}", "", "[1,]"]) func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: DataError.self) { try JSONTree(reading: Data(text.utf8)) }
  }

  @Test func floatsAreReadAsTheyWere() throws {
    for number: Float in [0.1, -1e-7, 3.4028235e38, 16_777_216, -0.0, 1 / 3] {
      let read = try JSONTree(reading: Data(JSONTree(number).text.utf8)).double
      #expect(read.map { Float($0).bitPattern } == number.bitPattern)
    }
  }
}
