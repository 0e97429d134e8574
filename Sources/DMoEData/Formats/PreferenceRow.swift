/// A row of one of the preference formats.
protocol PreferenceRow: Decodable {
  /// The samples that the row stands for.
  ///
  /// - Parameter id: for rows without one.
  func samples(id: String) throws -> [RankedResponses]
}

/// A text, or the messages that TRL may have in its place.
enum TextOrMessages: Decodable {
  case text(String)
  case messages([Message])

  init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      self = .text(text)
    } else if (try? decoder.unkeyedContainer()) != nil {
      self = .messages(try [Message](from: decoder))
    } else {
      let place = RowReason.describe(decoder.codingPath)
      throw DataError.malformedRow(reason: "\(place): not a string or a list of messages")
    }
  }
}

/// An identifier, which some files write as a number.
struct RowIdentifier: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Int.self) {
      text = String(number)
    } else {
      text = try value.decode(String.self)
    }
  }
}

/// A capability as rows name it: nil for the overall preference.
func capability(_ name: String?) -> String? { name == "overall" ? nil : name }
