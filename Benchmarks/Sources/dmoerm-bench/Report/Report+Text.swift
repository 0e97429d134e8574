extension Report {
  /// The machine and the versions, a line each.
  var head: String {
    let load = machine.load.map { "; load average \($0.fixed(2))" } ?? ""
    let lines =
      ["\(date)", "\(machine.cpu), \(machine.cores) cores, \(threads) threads used\(load)", machine.system]
      + versions.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      + (backbone.map { ["backbone: \($0)"] } ?? [])
    return lines.map { "  " + $0 }.joined(separator: "\n")
  }

  /// Our engines beside each other and below the roof.
  var table: String {
    var table = Table(["", "unit", "openBLAS", "slowest-fastest", "reference", "ratio", "roof", "of roof"])
    for item in items {
      let (fast, slow) = (self[item, EngineName.openBLAS], self[item, EngineName.reference])
      guard let any = fast ?? slow else { continue }
      let roof = roof(of: item)
      table.append([
        item, any.unit.rawValue, fast?.value.short ?? "", fast?.range ?? "", slow?.value.short ?? "",
        fast.flatMap { fast in slow.map { "x" + fast.speedup(over: $0).fixed(1) } } ?? "", roof?.value.short ?? "",
        fast.flatMap { fast in roof.map { (100 * fast.speedup(over: $0)).fixed(0) + "%" } } ?? "",
      ])
    }
    return table.text
  }

  /// Our accelerated engine beside every engine of the peers; items that only one side has are left out.
  func table(beside peers: [Report]) -> String {
    let rivals = peers.flatMap { peer in peer.engines.map { (report: peer, engine: $0) } }
    var table = Table(["", "unit", "openBLAS"] + rivals.flatMap { [$0.engine, "ratio"] })
    for item in items {
      guard let own = self[item, EngineName.openBLAS] ?? self[item, EngineName.reference] else { continue }
      let cells = rivals.flatMap { rival -> [String] in
        guard let other = rival.report[item, rival.engine] else { return ["", ""] }
        return [other.value.short, "x" + own.speedup(over: other).fixed(2)]
      }
      if cells.contains(where: { !$0.isEmpty }) { table.append([item, own.unit.rawValue, own.value.short] + cells) }
    }
    return table.text
  }

  /// The items in the order of their first result.
  var items: [String] {
    results.reduce(into: []) { if !$0.contains($1.item) { $0.append($1.item) } }
  }

  /// The bare products: of the item itself, or for a forward pass those of its rows.
  private func roof(of item: String) -> Measurement? {
    if let roof = self[item, EngineName.pool] { return roof }
    guard item.hasPrefix("forward/") else { return nil }
    let sizes = item.dropFirst("forward/".count).split(separator: "x").compactMap { Int($0) }
    let chain = "chain/\(sizes.reduce(1, *))"
    return [self[chain, EngineName.openBLAS], self[chain, EngineName.pool]].compactMap { $0 }
      .min { $0.seconds.median < $1.seconds.median }
  }
}

extension Measurement {
  fileprivate var range: String {
    let (slow, fast) = (
      unit.value(work: work, seconds: seconds.maximum), unit.value(work: work, seconds: seconds.minimum)
    )
    return "\(slow.short)-\(fast.short)"
  }
}
