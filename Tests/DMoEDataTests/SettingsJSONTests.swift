import Foundation
import Testing

@_spi(Command) @testable import DMoEData

struct SettingsJSONTests {
  private struct Settings: Codable, Equatable {
    struct Part: Codable, Equatable {
      var rate: Float = 0.1
      var count = 4
    }

    enum Word: String, Codable, CaseIterable { case first, second }

    enum Form: Codable, Equatable, SettingForms {
      case none
      case some(share: Double)
      static let examples: [Form] = [.none, .some(share: 0.5)]
    }

    var seed: UInt64 = 1
    var name = "a"
    var flag = false
    var rate = 0.5
    var ridges = [1.0, 2]
    var word = Word.first
    var form = Form.some(share: 0.25)
    var part = Part()
    var other = Part(rate: 0.9, count: 7)
    var optional: Part?
    var limit: Int?
    var texts: [String: Part] = ["x": Part()]
  }

  private func applied(_ text: String, to settings: Settings = Settings()) throws(SettingsError) -> Settings {
    try SettingsJSON(Data(text.utf8)).applied(to: settings)
  }

  private func error(_ text: String) throws -> String {
    let error = #expect(throws: SettingsError.self) { try applied(text) }
    return error?.description ?? ""
  }

  @Test func whatIsNotNamedKeepsItsValue() throws {
    var expected = Settings()
    expected.other.count = 9
    expected.ridges = [3]
    expected.optional = Settings.Part(rate: 0.3, count: 2)
    #expect(
      try applied(#"{"other": {"count": 9}, "ridges": [3], "optional": {"rate": 0.3, "count": 2}}"#) == expected)
    #expect(try applied("{}") == Settings())
  }

  @Test func nullUnsetsWhatMayBeUnset() throws {
    var settings = Settings()
    (settings.limit, settings.optional) = (3, Settings.Part())
    #expect(try applied(#"{"limit": null, "optional": null}"#, to: settings) == Settings())
    #expect(try error(#"{"seed": null}"#) == #""seed" is null, not a whole number"#)
    #expect(try error(#"{"word": null}"#) == #""word" is null, not one of first, second"#)
    #expect(try error(#"{"part": null}"#) == #""part" is null, not an object"#)
  }

  /// A form is one of several, and a dictionary has no keys of its own: neither is mixed with what stood there.
  @Test func formsAndDictionariesAreReplacedWhole() throws {
    #expect(try applied(#"{"form": {"none": {}}}"#).form == .none)
    #expect(try applied(#"{"texts": {"y": {"rate": 1, "count": 1}}}"#).texts == ["y": Settings.Part(rate: 1, count: 1)])
    #expect(try error(#"{"texts": {"y": {"rate": 1}}}"#) == #""texts.y.count" is missing"#)
    #expect(try error(#"{"form": {"some": {}}}"#) == #""form.some.share" is missing"#)
  }

  @Test(arguments: [
    (#"{"sed": 1}"#, #"there is no setting "sed"; did you mean "seed"?"#),
    (#"{"part": {"rte": 1}}"#, #"there is no setting "part.rte"; did you mean "part.rate"?"#),
    (#"{"count": 1}"#, #"there is no setting "count"; did you mean "part.count"?"#),
    (#"{"zebra": null}"#, #"there is no setting "zebra""#),
    (#"{"form": {"some": {"share": 1, "y": 2}}}"#, #"there is no setting "form.some.y""#),
    (#"{"form": {"none": {}, "more": 1}}"#, #"there is no setting "form.more""#),
    (#"{"form": {"other": {}}}"#, #""form" is {"none":{}} or {"some":{"share":0.5}}"#),
    (#"{"form": "none"}"#, #""form" is {"none":{}} or {"some":{"share":0.5}}"#),
    (#"{"form": {"some": {"share": "x"}}}"#, #""form.some.share" is not a number"#),
    (#"{"word": "third"}"#, #""word" is one of first, second"#),
    (#"{"word": 3}"#, #""word" is one of first, second"#),
    (#"{"seed": -1}"#, #""seed" cannot be -1: it has to be a whole number from 0 to 18446744073709551615"#),
    (#"{"part": {"count": 1.5}}"#, #""part.count" cannot be 1.5"#),
    (#"{"part": {"rate": 1e300}}"#, #""part.rate" cannot be 1e300: it is too large"#),
    (#"{"ridges": [1, "x"]}"#, #""ridges[1]" is not a number"#), (#"{"ridges": 1}"#, #""ridges" is not a list"#),
    (#"{"flag": 1}"#, #""flag" is not true or false"#), (#"{"name": 1}"#, #""name" is not a text"#),
    (#"{"part": []}"#, #""part" is not an object"#), ("[]", "it is not an object"),
    (#"{"seed": 1, "seed": 2}"#, "stands twice"), (#"{"seed": 1,}"#, "a comma before a closing bracket"),
  ])
  func whatIsWrongIsNamedByItsPath(text: String, message: String) throws {
    let error = try error(text)
    #expect(error.hasPrefix(message) || error.contains(message) && message.contains(" "), "\(error)")
  }

  @Test func aLongStrayKeyIsNotRepeated() throws {
    let key = String(repeating: "secret ", count: 20)
    #expect(try error("{\"part\": {\"\(key)\": 1}}") == #"there is no setting "part.(140 bytes)""#)
  }

  @Test func everySettingIsShownInTheOrderOfItsDeclaration() throws {
    let expected = """
      {
        "seed": 1,
        "name": "a",
        "flag": false,
        "rate": 0.5,
        "ridges": [1, 2],
        "word": "first",
        "form": {
          "some": {
            "share": 0.25
          }
        },
        "part": {
          "rate": 0.1,
          "count": 4
        },
        "other": {
          "rate": 0.9,
          "count": 7
        },
        "optional": null,
        "limit": null,
        "texts": {
          "x": {
            "rate": 0.1,
            "count": 4
          }
        }
      }
      """
    #expect(try SettingsJSON(showing: Settings()).text == expected)
    #expect(try applied(expected, to: Settings(seed: 9, name: "b", limit: 5)) == Settings())
  }

  @Test func whatIsNoFiniteNumberCannotBeShown() {
    #expect(throws: SettingsError.misfit(path: "other.rate", reason: "is no finite number")) {
      try SettingsJSON(showing: Settings(other: Settings.Part(rate: .nan, count: 1)))
    }
  }

  @Test func keysThatHaveToBeThereAreMissed() throws {
    let json = try SettingsJSON(Data(#"{"rate": 1}"#.utf8))
    #expect(throws: SettingsError.missing(path: "count")) { try json.decoded(as: Settings.Part.self) }
    let list = try SettingsJSON(Data(#"[{"rate": 1, "count": 2}, {"rate": 1, "cont": 2, "count": 3}]"#.utf8))
    #expect(throws: SettingsError.unknown(path: "[1].cont", nearest: "[1].count")) {
      try list.decoded(as: [Settings.Part].self)
    }
  }

  private struct Group: Codable, Equatable, RelocatingSettings {
    static let relocations: [String: SettingRelocation] = [
      "old": .moved(to: "part.rate"), "part.number": .moved(to: "part.count"), "away": .elsewhere("--away says it"),
    ]
    var part = Settings.Part()
    var away = 1
  }

  private struct Root: Codable, Equatable { var group = Group() }

  @Test(arguments: [
    (#"{"group": {"old": 1}}"#, #""group.old" is now "group.part.rate""#),
    (#"{"group": {"part": {"number": {}}}}"#, #""group.part.number" is now "group.part.count""#),
    (#"{"group": {"away": 2}}"#, #""group.away" is no setting here: --away says it"#),
  ])
  func whatHasMovedSaysWhereItIs(text: String, message: String) throws {
    let json = try SettingsJSON(Data(text.utf8))
    let error = #expect(throws: SettingsError.self) { try json.applied(to: Root()) }
    #expect(error?.description == message)
  }

  @Test func whatIsElsewhereIsNotShown() throws {
    #expect(try !SettingsJSON(showing: Root()).names("group.away"))
    #expect(try SettingsJSON(showing: Root()).names("group.part.count"))
  }
}
