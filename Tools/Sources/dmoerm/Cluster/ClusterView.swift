@_spi(Command) import DMoERM

/// What there is to show of clusters.
struct ClusterView: Encodable {
  /// One of them.
  struct Cluster: Encodable {
    var id: String
    /// Distinct prompts.
    var prompts: Int
    /// The rows that have them.
    var rows: Int
    /// Words that prompts have here more often than elsewhere.
    var words: [String]
    /// The prompts nearest to the center, the nearest first: their last turns of the user's.
    var typical: [String]
  }

  var clusters: [Cluster]
  var silhouette: Double
  var stability: Double
  /// With the categories that rows name; nil where none does.
  var agreement: Double?
  /// How many rows name a category.
  var categorized: Int
  /// The file that was written.
  var output: String?

  init(_ clusters: PromptClusters, of rows: [RankedResponses], typical: Int, output: String?) {
    let words = ClusterWords(rows.map(\.conversation), clusters)
    self.clusters = (0..<clusters.count).map { cluster in
      Cluster(
        id: PromptClusters.identifier(of: cluster), prompts: clusters.sizes[cluster],
        rows: clusters.assignments.count { $0 == cluster }, words: words.telling(of: cluster),
        typical: clusters.typicalPrompts(of: cluster, limit: typical).map {
          rows[$0].conversation.userTurns.last ?? ""
        })
    }
    (silhouette, stability) = (clusters.silhouette, clusters.stability)
    categorized = rows.count { $0.category != nil }
    agreement = categorized > 0 ? clusters.agreement(with: rows.map(\.category)) : nil
    self.output = output
  }

  func lines(_ terminal: Terminal) -> [String] {
    let (rows, prompts) = (clusters.reduce(0) { $0 + $1.rows }, clusters.reduce(0) { $0 + $1.prompts })
    var lines = [
      "\(clusters.count) clusters of \(Numbers.count(prompts, "distinct prompt")) in \(Numbers.count(rows, "row"))", "",
    ]
    for cluster in clusters {
      let share = Numbers.percent(Double(cluster.rows) / Double(max(1, rows)))
      let words = cluster.words.isEmpty ? "" : ": " + cluster.words.joined(separator: ", ")
      lines.append(
        terminal.styled(cluster.id, .bold)
          + "  \(Numbers.count(cluster.prompts, "prompt")), \(share) of the rows\(words)")
      lines += cluster.typical.map {
        "  " + $0.onOneLine.truncated(to: max(20, terminal.width - 4), ellipsis: terminal.ellipsis)
      }
      lines.append("")
    }
    var facts = [
      (
        "silhouette",
        "\(Numbers.fixed(silhouette, 2)): above 0.5 clusters lie apart, near 0 they divide what hangs together"
      ),
      (
        "stability",
        "\(Numbers.fixed(stability, 2)): 1 if other starts find the same clusters, 0 if they agree by chance"
      ),
    ]
    if let agreement {
      facts.append(
        (
          "agreement",
          "\(Numbers.fixed(agreement, 2)) with the categories that \(Numbers.count(categorized, "row")) name, 0 by chance"
        ))
    }
    lines += FactList(facts).lines(terminal)
    guard let output else {
      return lines + ["", "Nothing was written; --out FILE writes the rows with their clusters."]
    }
    let train = [Invocation.program, "train", "--samples", output, "--taxonomy", "inferred", "--output", "my.dmoerm"]
    return lines + ["", "rows with their clusters: \(output)", "Next:", "  " + ShellWord.command(train)]
  }
}
