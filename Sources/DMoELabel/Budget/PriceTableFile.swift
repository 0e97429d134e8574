import DMoEData

/// A price table as it stands in its file.
struct PriceTableFile: Codable {
  var table: PriceTable

  init(table: PriceTable) {
    self.table = table
  }

  init(from decoder: any Decoder) throws {
    let file = try Self.container(of: decoder, keys: ["currency", "models"])
    table = PriceTable(currency: try file.decode(String.self, forKey: "currency"))
    guard Money.isCurrency(table.currency) else {
      throw DecodingError.dataCorruptedError(
        forKey: "currency", in: file, debugDescription: "not three lower-case letters")
    }
    let models = try file.nestedContainer(keyedBy: RowKey.self, forKey: "models")
    for name in models.allKeys {
      let prices = try Self.container(
        of: try models.superDecoder(forKey: name), keys: ["input", "cachedInput", "output"])
      func money(_ key: String) throws -> Money {
        guard let money = Money(try prices.decode(Double.self, forKey: RowKey(stringValue: key))), money >= .zero else {
          throw DecodingError.dataCorruptedError(
            forKey: RowKey(stringValue: key), in: prices, debugDescription: "not a price")
        }
        return money
      }
      table.models[name.stringValue] = ModelPrice(
        input: try money("input"),
        cachedInput: prices.contains("cachedInput") ? try money("cachedInput") : nil,
        output: try money("output"))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var file = encoder.container(keyedBy: RowKey.self)
    try file.encode(table.currency, forKey: "currency")
    var models = file.nestedContainer(keyedBy: RowKey.self, forKey: "models")
    for (name, price) in table.models {
      var prices = models.nestedContainer(keyedBy: RowKey.self, forKey: RowKey(stringValue: name))
      for (key, money) in [("input", price.input), ("cachedInput", price.cachedInput), ("output", price.output)] {
        try prices.encode(Double(money.units) / Double(Money.unitsPerOne), forKey: RowKey(stringValue: key))
      }
    }
  }

  private static func container(of decoder: any Decoder, keys: Set<String>) throws -> KeyedDecodingContainer<RowKey> {
    let container = try decoder.container(keyedBy: RowKey.self)
    if let unknown = container.allKeys.map(\.stringValue).filter({ !keys.contains($0) }).min() {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath + [RowKey(stringValue: unknown)], debugDescription: "unknown key"))
    }
    return container
  }

  /// The error in words that name the key.
  static func reason(of error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context): "\(place(context.codingPath)) is of the wrong kind"
    case .valueNotFound(_, let context): "\(place(context.codingPath)) is null"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "not JSON" : "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: "not a price table"
    }
  }
}
