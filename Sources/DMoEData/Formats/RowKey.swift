import Foundation

/// A key of a JSON object that is only known at run time.
package struct RowKey: CodingKey, ExpressibleByStringLiteral {
  /// The key as it stands in the file.
  package let stringValue: String
  /// Always `nil`: keys of JSON objects are strings.
  package var intValue: Int? { nil }

  /// The key of this name.
  package init(stringValue: String) { self.stringValue = stringValue }
  /// Always `nil`: keys of JSON objects are strings.
  package init?(intValue: Int) { nil }
  /// The key that a literal spells.
  package init(stringLiteral value: String) { stringValue = value }
}

extension KeyedDecodingContainer<RowKey> {
  /// Throws if the object has a key that is not in the list.
  package func refuseKeys(besides known: Set<String>) throws {
    guard let key = allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() else { return }
    let place = codingPath.isEmpty ? "" : "\(RowReason.describe(codingPath)): "
    throw DataError.malformedRow(reason: "\(place)unknown key \(KeyText.quoted(key))")
  }
}

/// Says what is wrong with a row by key and kind, never by its text.
package enum RowReason {
  /// A few words on what is wrong with a row.
  package static func describe(_ error: any Error) -> String {
    switch error {
    case let error as DataError: error.description
    case let error as JSONSyntaxError: error.description
    case DecodingError.keyNotFound(let key, let context):
      "missing key \(KeyText.quoted(describe(context.codingPath + [key])))"
    case DecodingError.typeMismatch(let type, let context):
      context.codingPath.isEmpty
        ? "not a JSON object" : "\(describe(context.codingPath)): not \(describe(type))"
    case DecodingError.valueNotFound(let type, let context):
      context.codingPath.isEmpty
        ? "not a JSON object" : "\(describe(context.codingPath)): null instead of \(describe(type))"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(describe(context.codingPath)): value not allowed here"
    default: "not valid JSON"
    }
  }

  static func describe(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        // Keys of `capabilities` are the file's own.
        let name = key.stringValue.utf8.count <= 64 ? key.stringValue : "(\(key.stringValue.utf8.count) bytes)"
        text += (text.isEmpty ? "" : ".") + name
      }
    }
  }

  private static func describe(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Double.Type, is Float.Type, is Int.Type, is UInt64.Type: "a number"
    case is Bool.Type: "true or false"
    case is Message.Role.Type: "a role"
    case is any RowList.Type: "a list"
    default: "an object"
    }
  }
}

private protocol RowList {}
extension Array: RowList {}
