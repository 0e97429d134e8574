import Foundation
import Testing

@testable import dmoerm

/// Settings at the edge of what is allowed: a clear end, never a trap.
struct ExtremeTrainingTests {
  @Test(arguments: [
    ["--maximum-tokens", "\(Int.max)"], ["--depth", "\(Int.max)"], ["--top-layers", "\(Int.max)"],
    ["--router-depth", "\(Int.max)"], ["--expert-top-layers", "1000000000000"], ["--seed", "18446744073709551615"],
    ["--rank", "16384"], ["--alpha", "1e38"], ["--learning-rate", "1e300"], ["--margin", "1e300"],
    ["--centering", "1e300"], ["--batch-sum", "1e300"], ["--batch-size", "512"], ["--threads", "1024"],
    ["--language-model", "1e300"], ["--label-smoothing", "0.4999999"], ["--base-fraction", "0"],
    ["--validation-fraction", "0.999999"], ["--epochs", "0"], ["--unlabeled", "route:1"],
    ["--config", #"{"checkpointInterval": N}"#], ["--config", #"{"memory": {"rowsPerPass": N}}"#],
    ["--config", #"{"memory": {"trunkCacheBytes": N}}"#], ["--config", #"{"data": {"minimumSamples": N}}"#],
  ])
  func anAllowedExtremeEndsAsPromised(setting: [String]) throws {
    let scratch = try Scratch()
    try scratch.write(
      (0..<12).map { #"{"prompt": "Why \#($0)?", "chosen": "Because.", "rejected": "No, \#($0)."}"# }
        .joined(separator: "\n"), to: "rows.jsonl")
    var own = setting
    if setting[0] == "--config" {
      let training = setting[1].replacingOccurrences(of: "N", with: "\(Int.max)")
      try scratch.write("{\"training\": \(training)}", to: "config.json")
      own = ["--config", "config.json"]
    }
    let base = [
      "--rank": "2", "--top-layers": "1", "--maximum-tokens": "64", "--epochs": "1", "--threads": "1",
    ].filter { $0.key != own[0] }.flatMap { [$0.key, $0.value] }
    let run = try Program(
      ["train", "--samples", "rows.jsonl", "--backbone", Program.backbone, "--output", "my.dmoerm"] + base + own,
      folder: scratch.url)
    #expect([0, 1, 64, 65].contains(run.status) && !run.isKilled, "\(setting): \(run.status) \(run.error)")
    #expect(run.status == 0 || run.error.contains("dmoerm: "), "\(setting): \(run.error)")
    #expect(!run.error.contains("no setting") && !run.error.contains("is now"), "\(setting): \(run.error)")
    #expect(run.status != 0 || scratch.exists("my.dmoerm/dmoerm.json"), "\(setting)")
  }

  /// Ranks that two small adapters cannot have together.
  @Test func joinedAdaptersOfAnAbsurdRankAreRefused() throws {
    let scratch = try Scratch()
    for rank in ["99999999", "\(Int.max)", "0", "-1"] {
      let run = try scratch.run(
        "adapter", "join", "a", "b", "--backbone", Program.backbone, "--output", "new", "--rank", rank)
      #expect(run.status == 64 && !run.isKilled && run.error.contains("--rank must be"), "\(run.error)")
    }
  }
}
