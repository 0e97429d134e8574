import DMoEFoundation

/// One value that is read: what is given in its place, what stands there otherwise, and what its type asked for.
final class SettingsNode {
  let path: SettingPath
  /// What the settings say.
  let given: JSONValue?
  /// What holds where they say nothing, as its type encodes it.
  private(set) var standing: JSONValue?
  /// Of the types on the way here, by whole path.
  private var relocations: [String: SettingRelocation]
  /// The keys that the type asked for, in this order.
  private(set) var members: [(key: String, node: SettingsNode)] = []
  private(set) var elements: [SettingsNode] = []
  private var shape = Shape.unread

  private enum Shape {
    case unread, object, list
    case leaf(JSONValue)
  }

  init(
    _ path: SettingPath = SettingPath(), given: JSONValue?, standing: JSONValue?,
    relocations: [String: SettingRelocation] = [:]
  ) {
    self.path = path
    self.given = given
    self.standing = standing == .null ? nil : standing
    self.relocations = relocations
  }

  /// What is to be read.
  var value: JSONValue? { given ?? standing }

  func misfit(_ reason: String) -> SettingsError { .misfit(path: path.text, reason: reason) }

  // MARK: What a type asks for

  func member(_ key: String) -> SettingsNode {
    if let known = members.first(where: { $0.key == key }) { return known.node }
    let path = path.appending(key)
    var own = given?[key]
    if case .elsewhere = relocations[path.text] { own = nil }
    let node = SettingsNode(path, given: own, standing: standing?[key], relocations: relocations)
    members.append((key, node))
    return node
  }

  /// The keys there are, for a type that takes any; such an object is replaced whole.
  func keys() -> [String] {
    if given != nil { standing = nil }
    return value?.members.map(\.key) ?? []
  }

  func becomeObject() throws(SettingsError) {
    guard case .object = value else { throw misfit("is not an object") }
    shape = .object
  }

  /// The elements of the list here.
  func becomeList() throws(SettingsError) -> [SettingsNode] {
    guard case .array(let values) = value else { throw misfit("is not a list") }
    shape = .list
    elements = values.enumerated().map { index, value in
      SettingsNode(
        path.appending(index), given: given == nil ? nil : value, standing: given == nil ? value : nil,
        relocations: relocations)
    }
    return elements
  }

  /// Keeps the value as a whole.
  func becomeLeaf(_ shown: JSONValue) { shape = .leaf(shown) }

  /// Takes the defaults of a group that is absent, where a part of it is given.
  func standUp(_ group: any SettingsGroup.Type) throws(SettingsError) {
    guard standing == nil, given != nil else { return }
    standing = try SettingsJSON.encoded(group.defaults)
  }

  /// Takes over where settings of a type are that are not found where they are sought.
  func relocate(_ type: any RelocatingSettings.Type) {
    for (key, place) in type.relocations {
      let place: SettingRelocation =
        if case .moved(let to) = place { .moved(to: path.appending(to).text) } else { place }
      relocations[path.appending(key).text] = place
    }
  }

  // MARK: What came of it

  /// Everything that was asked for, with null for what is not set.
  var shown: JSONValue {
    switch shape {
    case .unread: .null
    case .leaf(let value): value
    case .list: .array(elements.map(\.shown))
    case .object:
      .object(
        JSONObject(
          members.compactMap { key, node in
            if case .elsewhere = relocations[node.path.text] { return nil }
            return JSONObject.Member(key: key, value: node.shown)
          }))
    }
  }

  /// The first key that is given and that nothing asked for.
  func stranger(in root: SettingsNode) -> SettingsError? {
    switch shape {
    case .unread, .leaf: return nil
    case .list: return elements.lazy.compactMap { $0.stranger(in: root) }.first
    case .object:
      for member in given?.members ?? [] {
        let path = path.appending(member.key).text
        switch relocations[path] {
        case .moved(let place): return .moved(path: path, to: place)
        case .elsewhere(let reason): return .elsewhere(path: path, reason: reason)
        case nil: break
        }
        guard let known = members.first(where: { $0.key == member.key })?.node else {
          return .unknown(path: path, nearest: nearest(to: member.key, in: root))
        }
        if let stranger = known.stranger(in: root) { return stranger }
      }
      return nil
    }
  }

  /// A key here that is spelt much alike, or one of the same name elsewhere.
  private func nearest(to key: String, in root: SettingsNode) -> String? {
    if let near = NearestWord.of(key, in: members.map(\.key)) { return path.appending(near).text }
    return paths(of: key).first ?? root.paths(of: key).first
  }

  /// The paths below that end in a key.
  private func paths(of key: String) -> [String] {
    let own = members.filter { $0.key == key }.map(\.node.path.text)
    return own + members.flatMap { $0.node.paths(of: key) }
  }
}
