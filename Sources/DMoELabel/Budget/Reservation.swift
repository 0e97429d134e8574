/// The amount set aside for one request before it is sent.
@_spi(Command) public struct Reservation: Sendable, Hashable {
  /// The request.
  public let key: RequestKey
  /// The model that is asked.
  public let model: String
  /// The most that the request may take, times `scale`.
  public internal(set) var spending: Spending
  /// The factor by which `spending` exceeds the estimate, because replies have exceeded theirs; at least 1.
  public internal(set) var scale: Double
  /// The bytes of the request's messages.
  public let promptBytes: Int
  /// Whether the request goes through a batch file, whose replies may take days.
  public let isBatch: Bool
  /// The model's price; nil if it is not known.
  public let price: ModelPrice?
  /// The fraction of the price that is taken off.
  public let discount: Double

  /// Reserves what a request may take at most.
  ///
  /// Without a limit to the length of its reply, the reply counts as nothing: such a request fits no ceiling, and
  /// `BudgetGate` refuses it if there is one.
  ///
  /// - Parameters:
  ///   - request: the request to set something aside for.
  ///   - key: the request's name; nil derives it from the request.
  ///   - price: the model's price; nil reserves tokens only.
  ///   - isBatch: whether the request goes through a batch file.
  ///   - discount: the fraction of the price that is taken off, in 0 ... 1; 0.5 for the batch interface.
  public init(
    for request: CompletionRequest, key: RequestKey? = nil, price: ModelPrice?, isBatch: Bool = false,
    discount: Double = 0
  ) {
    let estimate =
      TokenEstimate.upperBound(for: request)
      ?? TokenEstimate(promptTokens: TokenEstimate.promptBound(for: request), completionTokens: 0)
    self.init(
      key: key ?? RequestKey(request), model: request.model,
      spending: Spending(
        tokens: estimate.tokens, money: price?.largestCost(of: estimate, discount: discount) ?? .zero),
      scale: 1, promptBytes: TokenEstimate.promptBytes(of: request), isBatch: isBatch, price: price,
      discount: discount)
  }

  init(
    key: RequestKey, model: String, spending: Spending, scale: Double, promptBytes: Int, isBatch: Bool,
    price: ModelPrice?, discount: Double
  ) {
    self.key = key
    self.model = model
    self.spending = spending
    self.scale = scale
    self.promptBytes = promptBytes
    self.isBatch = isBatch
    self.price = price
    self.discount = discount
  }

  /// The cost of the reply by its usage; nil if the service does not report it.
  public func cost(of usage: CompletionReply.Usage?) -> Money? {
    usage.map { price?.cost(of: $0, discount: discount) ?? .zero }
  }
}
