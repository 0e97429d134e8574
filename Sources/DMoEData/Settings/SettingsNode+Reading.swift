import DMoEFoundation

extension SettingsNode {
  /// The value here, of this type.
  ///
  /// - Throws: `SettingsError`; what the type's own decoding throws.
  func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let type = type as? any RelocatingSettings.Type { relocate(type) }
    if let group = type as? any SettingsGroup.Type { try standUp(group) }
    guard let value else { throw SettingsError.missing(path: path.text) }
    if let word = type as? any SettingWord.Type { return try cast(readWord(word)) }
    if type == SettingsJSON.self { return try cast(readWhole(value)) }
    if value == .null { throw misfit("is null, not \(Self.kind(of: type))") }
    if let scalar = try readScalar(type, value) {
      becomeLeaf(value)
      return try cast(scalar)
    }
    if let words = Self.words(of: type) {
      guard case .string(let word) = value, words.contains(word) else {
        throw misfit("is one of \(words.joined(separator: ", "))")
      }
    }
    do { return try Value(from: SettingsDecoder(node: self)) } catch let error as SettingsError {
      // What is wrong with the form as a whole is said by what it may be.
      guard error.path == path.text, let forms = type as? any SettingForms.Type else { throw error }
      throw misfit("is \(forms.words)")
    } catch is DecodingError {
      let forms = (type as? any SettingForms.Type)?.words
      throw misfit(forms.map { "is \($0)" } ?? "is not \(Self.kind(of: type))")
    }
  }

  private func readWhole(_ value: JSONValue) -> SettingsJSON {
    becomeLeaf(value)
    return SettingsJSON(value)
  }

  private func readWord<Word: SettingWord>(_ type: Word.Type) throws -> Word {
    let word: Word
    if let given {
      guard case .string(let text) = given, let known = Word(settingWord: text) else {
        throw misfit("is one of \(type.settingWords.joined(separator: ", "))")
      }
      word = known
    } else {
      word = try Word(from: SettingsDecoder(node: self))
    }
    becomeLeaf(.string(word.settingWord))
    return word
  }

  /// A truth value, a text or a number; `nil` for every other type.
  private func readScalar(_ type: any Decodable.Type, _ value: JSONValue) throws -> Any? {
    switch type {
    case is Bool.Type:
      guard case .bool(let flag) = value else { throw misfit("is not true or false") }
      return flag
    case is String.Type:
      guard case .string(let text) = value else { throw misfit("is not a text") }
      return text
    case let type as any (FixedWidthInteger & Decodable).Type: return try readWhole(type, value)
    case let type as any (BinaryFloatingPoint & LosslessStringConvertible).Type: return try readNumber(type, value)
    default: return nil
    }
  }

  private func readWhole<Whole: FixedWidthInteger>(_ type: Whole.Type, _ value: JSONValue) throws -> Whole {
    guard case .number(let digits) = value else { throw misfit("is not a whole number") }
    if let whole = Whole(digits) ?? Double(digits).flatMap(Whole.init(exactly:)) { return whole }
    throw misfit("cannot be \(digits): it has to be a whole number from \(Whole.min) to \(Whole.max)")
  }

  private func readNumber<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ type: Number.Type, _ value: JSONValue
  ) throws -> Number {
    guard case .number(let digits) = value else { throw misfit("is not a number") }
    guard let number = Number(digits), number.isFinite else {
      throw misfit("cannot be \(digits): it is too large")
    }
    return number
  }

  private func cast<Value>(_ value: Any) throws -> Value {
    guard let value = value as? Value else { throw misfit("is not what it should be") }
    return value
  }

  // MARK: Types in words

  /// The words of a type that is one of several.
  private static func words(of type: any Decodable.Type) -> [String]? {
    func words<Choice: CaseIterable>(_ type: Choice.Type) -> [String]? {
      let words = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
      return words.isEmpty ? nil : words
    }
    return (type as? any CaseIterable.Type).flatMap { words($0) }
  }

  private static func kind(of type: any Decodable.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is any ExpressibleByArrayLiteral.Type: "a list"
    default: words(of: type).map { "one of \($0.joined(separator: ", "))" } ?? "an object"
    }
  }
}
