@_spi(Command) import DMoERM

extension JSONTree {
  /// A text that has to be there.
  func requiredText(_ key: String) throws(ServeError) -> String {
    guard let value = self[key] else { throw .invalid("\(key) is missing") }
    guard let text = value.string else { throw .invalid("\(key) must be a string") }
    return text
  }

  /// A text, or a list of them.
  func textOrTexts(_ key: String) throws(ServeError) -> [String] {
    guard let value = self[key] else { throw .invalid("\(key) is missing") }
    if let text = value.string { return [text] }
    guard let texts = value.strings else { throw .invalid("\(key) must be a string or a list of strings") }
    guard !texts.isEmpty else { throw ServeError(.emptyResponse, "\(key) is an empty list") }
    return texts
  }

  /// Documents: strings, or objects with a text.
  func documents(_ key: String) throws(ServeError) -> [String] {
    guard let list = self[key]?.array else { throw .invalid("\(key) must be a list of texts") }
    guard !list.isEmpty else { throw ServeError(.emptyResponse, "\(key) is an empty list") }
    var texts: [String] = []
    for (place, element) in list.enumerated() {
      guard let text = element.string ?? element["text"]?.string else {
        throw .invalid("\(key)[\(place)] must be a string or an object with a text")
      }
      texts.append(text)
    }
    return texts
  }

  /// A truth value, or what stands for it where the key is missing.
  func flag(_ key: String, default standing: Bool) throws(ServeError) -> Bool {
    guard let value = self[key] else { return standing }
    guard let flag = value.bool else { throw .invalid("\(key) must be true or false") }
    return flag
  }

  /// A whole number of at least 0.
  func count(_ key: String) throws(ServeError) -> Int? {
    guard let value = self[key] else { return nil }
    guard let number = value.int, number >= 0 else { throw .invalid("\(key) must be a whole number of at least 0") }
    return number
  }

  /// Refuses keys that would change rewards and are not implemented here.
  func refuse(_ keys: [String: String]) throws(ServeError) {
    for (key, reason) in keys.sorted(by: { $0.key < $1.key }) where self[key] != nil {
      throw .invalid("\(key) is not supported: \(reason)")
    }
  }

  /// Refuses a key that is true.
  func refuseTrue(_ key: String, _ reason: String) throws(ServeError) {
    if try flag(key, default: false) { throw .invalid("\(key) is not supported: \(reason)") }
  }
}
