/// All that the project wants to reach, in one place.
enum Goals {
  static let all = forward + formats + stored + writing + bestOf16 + training + memory + scale

  private static let forward =
    ["forward/1x256", "forward/8x128"].flatMap { item in
      [
        Goal(item: item, engine: .openBLAS, bound: .roof(0.85)),
        over(.torch, 2.3, item, .openBLAS),
        over(.llama, 1.4, item, .openBLAS),
      ]
    } + [over(.torch, 1.5, "forward/1x32", .openBLAS)]

  private static let formats = [
    over(.llama, 1.6, "forward/1x256", .oneDNN),
    over(.torchBFloat16, 1.5, "forward/1x256", .bfloat16),
    over(.llamaBFloat16, 1.6, "forward/1x256", .bfloat16),
    over(.torchBFloat16, 1.2, "forward/8x128", .bfloat16),
  ]

  private static let stored = ["Q8_0", "Q4_0", "Q4_K_M", "Q6_K"].flatMap { format in
    let engines = [EngineName.stored(format), .storedByBFloat16(format)]
    return ["forward/1x256", "forward/8x128"].flatMap { item in
      engines.map { over(.llama(format), 2.5, item, $0) } + [over(.bfloat16, 1.4, item, .stored(format))]
    } + engines.map { over(.llama(format), 1.5, "forward/1x32", $0) }
  }

  private static let writing =
    [
      over(.torch, 4, "decode/8x8x64", .openBLAS), over(.torchBFloat16, 5, "decode/8x8x64", .bfloat16),
    ]
    + ["Q4_1", "Q8_0", "Q4_0", "Q4_K_M", "Q6_K"].flatMap { format in
      [
        over(.llama(format), 3, "decode/8x8x64", .stored(format)),
        over(.llama(format), 1.3, "decode/1x1x64", .stored(format)),
      ]
    }

  private static let bestOf16 =
    [
      over(.torch, 5, "best-of-16/all-layers", .openBLAS),
      over(.torchBFloat16, 4, "best-of-16/all-layers", .bfloat16),
      over(.torch, 12, "best-of-16/top-third", .openBLAS),
      over(.torchBFloat16, 8, "best-of-16/top-third", .bfloat16),
      over(.torch, 6, "best-of-16/all-layers", .storedByBFloat16("Q4_1")),
      over(.torch, 12, "best-of-16/top-third", .storedByBFloat16("Q4_1")),
    ]
    // "Costs only its own tokens", with a tenth for attention to the prompt.
    + ["extra-response/all-layers", "extra-response/top-third"].map { item in
      Goal(item: item, engine: .openBLAS, bound: .within(1.1, item: ScoringBenchmarks.alone(item)))
    }

  private static let training = [
    over(.torch, 2.4, TrainingBenchmarks.step, .openBLAS),
    over(.torchBFloat16, 1.5, TrainingBenchmarks.step, .bfloat16),
    over(.torch, 3, TrainingBenchmarks.step, .storedByBFloat16("Q4_1")),
    over(.torchBFloat16, 3, TrainingBenchmarks.step, .storedByBFloat16("Q4_1")),
    over(.torch, 8, TrainingBenchmarks.epoch, .openBLAS),
  ]

  private static let memory = [
    Goal(item: "memory/best-of-16/all-layers", engine: .openBLAS, bound: .atMost(1)),
    Goal(item: "memory/best-of-16/all-layers", engine: .bfloat16, bound: .atMost(0.6)),
    Goal(item: "memory/\(TrainingBenchmarks.step)", engine: .openBLAS, bound: .atMost(2.5)),
    Goal(item: "memory/\(TrainingBenchmarks.large)", engine: .openBLAS, bound: .atMost(5)),
    Goal(item: JobBenchmarks.start, engine: .openBLAS, bound: .atMost(0.6)),
  ]

  private static let scale = [
    over(.torch, 2, "scale/4096", .openBLAS),
    over(.llama, 2.5, "scale/4096", .openBLAS),
    over(.torchBFloat16, 2, "scale/4096", .bfloat16),
    over(.llama("Q4_1"), 2.5, "scale/4096", .storedByBFloat16("Q4_1")),
    // Twice the tokens are at most four times the work: all of it were attention.
    doubled("scale/2048", "scale/1024"),
    doubled("scale/4096", "scale/2048"),
    doubled("scale/8192", "scale/4096"),
    // A matrix of all tokens by all tokens would be 2.4 GB here.
    Goal(item: "memory/scale/8192", engine: .openBLAS, bound: .atMost(1.5)),
    Goal(item: "callers/2", engine: .openBLAS, bound: .over(.openBLAS, item: "callers/1", factor: 1)),
  ]

  private static func over(_ rival: EngineName, _ factor: Double, _ item: String, _ engine: EngineName) -> Goal {
    Goal(item: item, engine: engine, bound: .over(rival, item: item, factor: factor))
  }

  private static func doubled(_ item: String, _ half: String) -> Goal {
    Goal(item: item, engine: .openBLAS, bound: .within(4, item: half))
  }
}
