import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

extension ExperimentCommand {
  /// Measures over-optimization.
  func measure(_ plan: OverOptimizationFile, in folder: URL) async throws -> ExperimentOutcome {
    var measurement = try OverOptimization(
      contenders: try plan.contenders(path: file, backbone: backbone.path), gold: try plan.gold(in: home),
      folder: folder,
      settings: try plan.measurement(path: file))
    (measurement.trunkCacheBytes, measurement.membersAtOnce) = (trunkCacheBytes, membersAtOnce)
    if let place = trunkFile.place { (measurement.trunkFile, measurement.trunkFileBytes) = (place.url, place.bytes) }
    measurement.checks = backbone.checks
    measurement.template = try plan.overoptimization.template.map(TemplateWord.template(_:))
    let location = try BackboneLocation.find(backbone.path)
    let prompts = try plan.prompts(in: home)
    let start = ContinuousClock.now
    let interrupt = Interrupt(wait: Self.stopping)
    defer { interrupt.end() }
    var view = ExperimentProgress()
    let result = try await measurement.run(
      training: prompts.training, heldOut: prompts.heldOut, backbone: location, options: backbone.compute
    ) { event in
      view.handle(event)
      try check(interrupt, folder)
    }
    Console.error.clear()
    let facts = [
      ("backbone", location.lastPathComponent), ("gold", measurement.gold.bundle.lastPathComponent),
      ("this run", DurationText.clock(start.duration(to: .now).seconds)),
    ]
    let report = OverOptimizationReport(result: result, title: plan.title ?? "Over-optimization", facts: facts)
    let json = try JSONOutput.pretty(result)
    return ExperimentOutcome(
      lines: OverOptimizationView(result: result).lines(Console.output.terminal), json: json,
      markdown: { [page] facts in
        OverOptimizationReport(result: result, title: report.title, facts: facts + report.facts)
          .markdown(picture: page.map { (Self.picture(of: $0) as NSString).lastPathComponent })
      }, picture: report.picture(),
      files: try ExperimentOutcome.write(json: json, markdown: report.markdown(), html: report.html(), to: folder))
  }
}
