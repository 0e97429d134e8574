import DMoECore
public import Foundation

/// What a backbone's files hold, for people: beside `Backbone.configuration`, what they are stored as and what is in them
/// that a backbone does not read.
public struct BackboneFacts: Sendable, Equatable, Codable {
  /// The bytes of all weight files.
  public let bytes: Int
  /// The formats of the weights, the one that most numbers have first, such as "BF16" or "Q4_K, Q6_K".
  public let formats: [String]
  /// The name of the template in the files; `nil` without one, or if it is not known.
  public let template: String?
  /// Why the template is not known; `nil` if it is, and without one.
  public let templateRefusal: String?
  /// What the tokenizer is, such as "88 tokens, llama3"; `nil` without one.
  public let tokenizer: String?
  /// The tensors of a head that is not read with the backbone; empty for most.
  public let head: [String]
  /// The head as a reward model's, such as "score.weight, 1 output"; `nil` without one, or if it is refused.
  public let reward: String?
  /// Why the head cannot be read as a reward model's; `nil` if it can, and without one.
  public let refusal: String?
}

extension Backbone {
  /// What its files hold.
  ///
  /// - Throws: `CoreError` if they cannot be read any more.
  public func facts() throws -> BackboneFacts {
    guard let location else {
      return BackboneFacts(
        bytes: 0, formats: [], template: nil, templateRefusal: nil, tokenizer: tokenizer?.summary, head: headTensors,
        reward: nil, refusal: nil)
    }
    let (source, files) = try Self.source(location)
    var counts: [String: Int] = [:]
    for name in source.names {
      guard let tensor = try? source.tensor(named: name) else { continue }
      counts[tensor.format.rawValue.uppercased(), default: 0] += tensor.count
    }
    let bytes = files.reduce(0) { sum, file in
      sum + ((try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber)??.intValue ?? 0)
    }
    var (reward, refusal): (String?, String?)
    if try !headTensors.isEmpty || ClassifierConfiguration(of: self, at: location).ranksByFirstChannel {
      do { reward = try Self.rewardHead(of: self, at: location) } catch let error as ModelError {
        if case .unsupportedRewardModel(_, let reason) = error { refusal = reason } else { refusal = "\(error)" }
      } catch { refusal = "\(error)" }
    }
    var (template, templateRefusal): (String?, String?)
    do { template = try ConversationTemplate.recognized(at: location)?.name } catch { templateRefusal = "\(error)" }
    return BackboneFacts(
      bytes: bytes, formats: counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key), template: template,
      templateRefusal: templateRefusal, tokenizer: tokenizer?.summary, head: headTensors,
      reward: reward, refusal: refusal)
  }

  private static func source(_ url: URL) throws -> (tensors: any TensorSource, files: [URL]) {
    if url.isFolder {
      let weights = try SafetensorsCollection(folder: url)
      return (weights, weights.files)
    }
    let parts = try GGUFCollection(contentsOf: url)
    return (parts, parts.files)
  }

  private static func rewardHead(of backbone: Backbone, at url: URL) throws -> String {
    let configuration = try ClassifierConfiguration(of: backbone, at: url)
    if PublishedObjectives.isHead(backbone.headTensors) {
      let template = try ConversationTemplate.recognized(at: url) ?? .llama3
      let objectives = try PublishedObjectives(backbone, configuration, template)
      return "\(objectives.tensors[0]), \(objectives.names.count) objectives and a gate"
    }
    let head = try PublishedHead(backbone, configuration, nil)
    return head.tensors.joined(separator: ", ") + ", " + (head.output.map { "output \($0)" } ?? "1 output")
  }
}
