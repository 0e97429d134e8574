extension Report {
  /// A row for every own engine of every item of a section: the roof, the rivals of its class, the ratios.
  func table(of section: Section) -> Table? {
    let header = [
      "", "engine", "unit", "us", "slowest – fastest", "roof", "of roof", "of peak", "torch", "us / torch", "llama.cpp",
      "us / llama.cpp",
    ]
    var table = Table(header, words: 3)
    for item in items where section.contains(item) {
      let own = results.filter { $0.item == item && !$0.engine.isPeer && !$0.engine.isRoof }
      for row in own {
        let roof = roof(of: item, row.engine)
        table.append(
          [
            item, row.engine.description, row.unit.rawValue, row.value.short, row.range, roof?.value.short ?? "",
            roof.map { (100 * row.ratio(to: $0)).fixed(0) + " %" } ?? "",
            peak(of: row).map { (100 * $0).fixed(0) + " %" } ?? "",
          ] + cells(row, "torch") + cells(row, "llama.cpp"))
      }
      // Peers of a class that this build has no engine for stand on rows of their own.
      for form in rivalClasses(item) where !own.contains(where: { $0.engine.weightClass == form }) {
        let rivals = ["torch", "llama.cpp"].map { best($0, item, form) }
        guard let any = rivals.compactMap({ $0 }).first else { continue }
        table.append(
          [item, "(none, \(form))", any.unit.rawValue, "", "", "", "", ""]
            + rivals.flatMap { [$0.map(shown) ?? "", ""] })
      }
    }
    return table.rows.isEmpty ? nil : table
  }

  /// The goals of the items that were run, with what was measured.
  var goalTable: Table {
    var table = Table(["", "goal", "wanted", "measured", "beyond", ""], words: 2)
    for goal in Goals.all where items.contains(goal.item) {
      guard let outcome = goal.outcome(self) else {
        table.append([goal.item, goal.subject, goal.wanted, "", "", "not measured"])
        continue
      }
      let beyond = 100 * (outcome.quotient - 1)
      table.append([
        goal.item, goal.subject, goal.wanted, outcome.measured,
        (beyond < 0 ? "−" : "+") + beyond.magnitude.fixed(0) + " %", outcome.isReached ? "reached" : "missed",
      ])
    }
    return table
  }

  /// The items in the order of their first result.
  var items: [String] {
    results.reduce(into: []) { if !$0.contains($1.item) { $0.append($1.item) } }
  }

  /// The bare products of an engine: the faster of our split and of OpenBLAS's pool.
  func roof(of item: String, _ engine: EngineName) -> Measurement? {
    [self[item, .chain(engine)], self[item, .pool(engine)]].compactMap { $0 }
      .min { $0.measured.median < $1.measured.median }
  }

  /// The share that the linear layers' operations are of what the CPU does at most with numbers of this kind.
  private func peak(of own: Measurement) -> Double? {
    guard let operations = own.operations else { return nil }
    let kinds =
      switch own.engine.factors {
      case "f32": ["roof/f32"]
      case "bf16": ["roof/bf16", "roof/tiles-bf16"]
      default: ["roof/bytes", "roof/tiles-bytes"]
      }
    guard let peak = kinds.compactMap({ self[$0, .cpu]?.value }).max() else { return nil }
    return operations / own.measured.median / 1e9 / peak
  }

  /// The best of a rival's engines of the same class, and how we compare.
  private func cells(_ own: Measurement, _ software: String) -> [String] {
    guard let best = best(software, own.item, own.engine.weightClass) else { return ["", ""] }
    return [shown(best), "×" + own.ratio(to: best).short]
  }

  /// The classes of weights that peers did an item with, in the order of the results.
  private func rivalClasses(_ item: String) -> [Substring] {
    results.filter { $0.item == item && $0.engine.isPeer }
      .reduce(into: []) { if !$0.contains($1.engine.weightClass) { $0.append($1.engine.weightClass) } }
  }

  private func best(_ software: String, _ item: String, _ form: Substring) -> Measurement? {
    results.filter { $0.item == item && $0.engine.software == software && $0.engine.weightClass == form }
      .min { $0.measured.median < $1.measured.median }
  }

  private func shown(_ peer: Measurement) -> String { "\(peer.value.short) (\(peer.engine.format))" }
}

extension Measurement {
  /// From the worst to the best, where there is more than one sample.
  fileprivate var range: String {
    guard measured.rounds > 1 else { return "" }
    let (worst, best) = (
      unit.value(work: work, measured: measured.maximum), unit.value(work: work, measured: measured.minimum)
    )
    return "\(worst.short) – \(best.short)"
  }
}
