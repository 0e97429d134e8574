@_spi(Command) import DMoERM

/// What a bundle says of itself, as a page that people read.
struct ModelCard {
  private let model: RewardModel
  private let name: String
  private let fingerprint: String

  init(_ model: RewardModel, name: String, fingerprint: String) {
    self.model = model
    self.name = name
    self.fingerprint = fingerprint
  }

  var markdown: String {
    let configuration = model.configuration
    var lines = [
      "# \(name)", "",
      "A reward model: of two responses to one prompt, the one with the greater reward is better. Rewards mean nothing on "
        + "their own, nor across prompts.", "",
      "| | |", "|---|---|",
      row("bundle", "`\(fingerprint)`"),
      row("backbone", "\(model.backbone.name) (`\(model.backbone.fingerprint)`)"),
      row("template", configuration.template.name),
      row("longest text", "\(configuration.maximumTokens) tokens"),
      row(
        "when too long", configuration.lengthPolicy == .error ? "an error" : "the oldest turns are left out, and said"),
      row(
        "temperature",
        model.temperature == 1
          ? "not found: differences are no log-odds"
          : "\(model.temperature): reward differences "
            + "divided by it are log-odds"),
    ]
    if let imported = model.imported { lines.append(row("imported from", "\(imported.className) in \(imported.path)")) }
    lines += ["", "## Categories", ""]
    let trained = Set(model.trainedCategories)
    for category in configuration.taxonomy.categories where trained.contains(category.id) {
      let points = model.isComplete(category: category.id) ? category.points.map(\.id) : []
      lines.append(
        "- `\(category.id)`"
          + (points.isEmpty ? ": its base alone gives the reward" : ": experts " + points.joined(separator: ", ")))
    }
    if !model.provenance.isEmpty {
      lines += ["", "## Where it comes from", ""]
      lines += model.provenance.sorted { $0.key < $1.key }.map { "- \($0.key): \($0.value)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ name: String, _ value: String) -> String {
    "| \(name) | \(value.split(separator: "|").joined(separator: "\\|")) |"
  }
}
