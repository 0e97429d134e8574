import DMoEModel
import Foundation
import Testing

@testable import DMoEExperiment

@Suite struct IdentifierTests {
  @Test(arguments: ["", "a/b", "..", "a b", "é", "a.b", "a\u{0}"])
  func whatCannotNameAFolderNamesNoContender(name: String) {
    #expect(throws: ExperimentError.self) { try ContenderID(name) }
    let json = Data("[\(String(reflecting: name).replacingOccurrences(of: "\\0", with: "\\u0000"))]".utf8)
    #expect(throws: (any Error).self) { try JSONDecoder().decode([ContenderID].self, from: json) }
  }

  @Test func lettersDigitsAndTwoSignsMakeAName() throws {
    for name in ["a", "A-1_b", "-", "0"] { #expect(try ContenderID(name).name == name) }
  }

  /// "a" with seed 11 and "a1" with seed 1 would both be "a11" or "a 11" to who joins them with too little between.
  @Test func membersAreToldApartByContenderAndSeed() {
    let members: [MemberID] = [
      .init(contender: "a", seed: 11), .init(contender: "a1", seed: 1), .init(contender: "a-1", seed: 1),
      .init(contender: "a-1", seed: 11), .init(contender: "A", seed: 11),
    ]
    #expect(Set(members).count == members.count)
  }

  /// A weight is shown with few digits; two readings that look the same are still two.
  @Test func readingsOfOneNameAreToldApart() {
    let readings = [Float(0.5), Float(0.5).nextUp].map { lambda in
      ExperimentResult.Reading(contender: "a", kind: .ensemble(rule: .uncertaintyWeighted(lambda: lambda)))
    }
    #expect(readings[0] != readings[1] && Set(readings).count == 2)
    let rows = readings.enumerated().map { place, reading in
      ExperimentResult.Row(
        name: "a", reading: reading, structure: .single, noise: 0, membersAsked: 2, tokens: place, seconds: 0, sets: [],
        bestOfN: nil, areaDifference: nil)
    }
    let result = ExperimentResult(
      contenders: [], rows: rows, reference: readings[1], routers: [:], specializations: [], sets: [])
    #expect(result[readings[0]]?.tokens == 0 && result[readings[1]]?.tokens == 1)
  }

  @Test func identifiersAreTextsInJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    #expect(try text([ContenderID("a"): 1, "b": 2]) == #"{"a":1,"b":2}"#)
    #expect(try text([SetID.validation, .test("harmless"), .bestOfN]) == #"["validation","harmless","best-of-n"]"#)
    #expect(try text(MemberID(contender: "a", seed: 3)) == #"{"contender":"a","seed":3}"#)
    let reading = ExperimentResult.Reading(contender: "a", kind: .experts(rule: .worstCase))
    #expect(try text(reading) == #"{"contender":"a","kind":{"experts":{"rule":{"worstCase":{}}}}}"#)
    for id in [SetID.validation, .test("harmless"), .bestOfN] {
      #expect(try JSONDecoder().decode([SetID].self, from: encoder.encode([id])) == [id])
    }
    #expect(try JSONDecoder().decode([ContenderID: Int].self, from: Data(#"{"a": 1}"#.utf8)) == ["a": 1])
  }
}
