/// What the project wants to reach.
struct Goal {
  let item: String
  let engine: EngineName
  let bound: Bound

  enum Bound {
    /// So many times as good as what another engine, or this one, does in some item.
    case over(EngineName, item: String, factor: Double)
    /// This share of the rate of the bare products.
    case roof(Double)
    /// At most so many times what this engine takes for another item.
    case within(Double, item: String)
    /// Not above this, in the item's unit.
    case atMost(Double)
  }

  /// How a goal came out.
  struct Outcome {
    let measured: String
    /// Measured over wanted, so that above 1 is better than wanted.
    let quotient: Double
    var isReached: Bool { quotient >= 1 }
  }

  /// As text, with its sign or unit.
  var wanted: String {
    switch bound {
    case .over(_, _, let factor): "≥ ×\(factor.plain)"
    case .roof(let share): "≥ \((100 * share).plain) %"
    case .within(let factor, _): "≤ ×\(factor.plain)"
    case .atMost(let limit): "≤ \(limit.plain)"
    }
  }

  /// Nil where one of the figures is missing.
  func outcome(_ report: Report) -> Outcome? {
    guard let own = report[item, engine] else { return nil }
    switch bound {
    case .over(let rival, let other, let factor):
      guard let rival = report[other, rival] else { return nil }
      let ratio = own.ratio(to: rival)
      return Outcome(measured: "×\(ratio.short)", quotient: ratio / factor)
    case .roof(let share):
      guard let roof = report.roof(of: item, engine) else { return nil }
      let ratio = own.ratio(to: roof)
      return Outcome(measured: "\((100 * ratio).fixed(0)) %", quotient: ratio / share)
    case .within(let factor, let other):
      guard let other = report[other, engine] else { return nil }
      let ratio = own.ratio(to: other)
      return Outcome(measured: "×\((1 / ratio).short)", quotient: factor * ratio)
    case .atMost(let limit):
      return Outcome(measured: "\(own.value.short) \(own.unit.rawValue)", quotient: limit / own.value)
    }
  }

  /// Such as "openBLAS f32 over torch f32".
  var subject: String {
    switch bound {
    case .over(let rival, let other, _):
      let names = (rival == engine ? [] : [rival.description]) + (other == item ? [] : [other])
      return "\(engine) over \(names.joined(separator: ", "))"
    case .within(_, let other): return "\(engine), time of \(other)"
    case .roof: return "\(engine), of its bare products"
    case .atMost: return engine.description
    }
  }
}
