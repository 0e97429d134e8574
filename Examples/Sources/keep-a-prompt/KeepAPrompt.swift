import DMoERM
import Foundation

/// Scores responses as they come: `keep-a-prompt BUNDLE BACKBONE PROMPT < RESPONSES`, one response a line.
@main
struct KeepAPrompt {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 3 else { return fail("usage: keep-a-prompt BUNDLE BACKBONE PROMPT < RESPONSES") }
    do {
      let model = try RewardModel(
        contentsOf: URL(fileURLWithPath: arguments[1]), backbone: URL(fileURLWithPath: arguments[2]))

      // The prompt is routed and read here; below, each response costs only its own tokens.
      let prompt = try model.prepare(prompt: arguments[3])
      print("prompt\t\(prompt.tokenCount) tokens\t\(prompt.byteCount) bytes")

      // As a policy that is being trained would send them.
      var best = -Float.infinity
      while let response = readLine() {
        guard !response.isEmpty else { continue }
        let reward = try model.score(response, after: prompt)
        best = max(best, reward)
        print("\(reward)\t\(best)\t\(response)")
      }
    } catch {
      fail("\(error)")
    }
  }

  private static func fail(_ message: String) {
    FileHandle.standardError.write(Data("keep-a-prompt: \(message)\n".utf8))
    exit(1)
  }
}
