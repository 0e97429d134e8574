import DMoEData
public import Foundation

/// A table of prices, by model.
///
/// ```swift
/// let price = ModelPrice(input: Money(decimal: "0.15") ?? .zero, output: Money(decimal: "0.60") ?? .zero)
/// let prices = PriceTable(currency: "usd", models: ["NAME": price])
/// ```
///
/// As a file: `{"currency":"usd","models":{"NAME":{"input":0.15,"cachedInput":0.075,"output":0.60}}}`, prices per million
/// tokens. Every other key is an error.
public struct PriceTable: Sendable, Hashable {
  /// The currency of all prices, as three lower-case letters.
  public var currency: String
  /// Prices by the name of the model.
  public var models: [String: ModelPrice]

  /// A table of prices.
  public init(currency: String = "usd", models: [String: ModelPrice] = [:]) {
    self.currency = currency
    self.models = models
  }

  /// Reads a table from a file.
  ///
  /// - Throws: `LabelError.unreadablePriceTable`, `.malformedPriceTable`.
  public init(contentsOf url: URL) throws(LabelError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadablePriceTable(path: url.path, reason: error.localizedDescription)
    }
    do {
      self = try JSONDecoder.strictly(PriceTableFile.self, from: data).table
    } catch let error as DecodingError {
      throw .malformedPriceTable(path: url.path, reason: PriceTableFile.reason(of: error))
    } catch {
      throw .malformedPriceTable(path: url.path, reason: "\(error)")
    }
  }

  /// Writes the table to a file, which is replaced as a whole.
  ///
  /// - Throws: `LabelError.unwritableFile`.
  public func write(to url: URL) throws(LabelError) {
    let data: Data
    do { data = try JSONEncoder.file(PriceTableFile(table: self)) } catch {
      throw .unwritableFile(path: url.path, reason: "a price is no number")
    }
    try AtomicFile<LabelError>.write(data, to: url)
  }

  /// The price of a model: that of its name, or of the longest listed name that a date follows.
  ///
  /// `gpt-4o-mini-2024-07-18` has the price of `gpt-4o-mini` unless it is listed itself. Dates are written
  /// `2024-07-18` or `20240718`.
  public func price(for model: String) -> ModelPrice? {
    if let price = models[model] { return price }
    for length in [10, 8] {
      let date = model.suffix(length)
      guard date.count == length, Self.isDate(date) else { continue }
      let name = model.dropLast(length)
      if name.hasSuffix("-") { return models[String(name.dropLast())] }
    }
    return nil
  }

  private static func isDate(_ text: Substring) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 8 || bytes.count == 10 else { return false }
    return bytes.enumerated().allSatisfy { place, byte in
      bytes.count == 10 && (place == 4 || place == 7) ? byte == 0x2D : (0x30...0x39).contains(byte)
    }
  }
}
