import Foundation

/// `dmoerm-trust-answers SECONDS FIXTURES [--level LEVEL] [--seed SEED]`: the same rewards by every way to score, for so long, with
/// weights as they are stored multiplied by the kernels of a level; a seed is that of one model and its texts, as it is told where
/// a reward is another one.
@main struct Main {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func option(_ name: String) -> String? {
      guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
      defer { arguments.removeSubrange(place...place + 1) }
      return arguments[place + 1]
    }
    let (level, seed) = (option("--level"), option("--seed"))
    guard arguments.count == 2, let seconds = Double(arguments[0]), seed == nil || seed.flatMap(UInt64.init) != nil
    else {
      fail("usage: dmoerm-trust-answers SECONDS FIXTURES [--level LEVEL] [--seed SEED]")
    }
    if let level { Answers.take(level) }
    do {
      try Answers.check(
        seconds: seconds, fixtures: URL(fileURLWithPath: arguments[1]), seed: seed.flatMap(UInt64.init))
    } catch {
      fail("\(error)")
    }
  }

  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("\(reason)\n".utf8))
    exit(64)
  }
}
