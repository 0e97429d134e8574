import DMoEFoundation

extension JSONValue {
  /// Whether it says nothing: null, or a blank text, an empty list or object, which some files write as a text.
  var isBlank: Bool {
    switch self {
    case .null: true
    case .bool, .number: false
    case .string(let text): text.isBlank || ["[]", "{}", "null"].contains(text)
    case .array(let values): values.isEmpty
    case .object(let object): object.members.isEmpty
    }
  }
}

extension JSONValue: Decodable {
  /// Reads any value from a decoder, which may have rounded its numbers.
  package init(from decoder: any Decoder) throws {
    if let row = try? decoder.container(keyedBy: RowKey.self) {
      let members = try row.allKeys.map { key in
        JSONObject.Member(key: key.stringValue, value: try row.decode(JSONValue.self, forKey: key))
      }
      self = .object(JSONObject(members))
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let number = try? value.decode(Int64.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(UInt64.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(Double.self) {
      self = .number("\(number)")
    } else {
      self = .array(try value.decode([JSONValue].self))
    }
  }
}
