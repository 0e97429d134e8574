import DMoERM
import Foundation
import Synchronization

/// The models of a server by their names; one that is read anew takes the place of the old one for requests to come.
final class ModelRegistry: Sendable {
  private let sources: [ModelSource]
  private let models: Mutex<[String: ServedModel]>
  private let keptBytes: Int

  /// Reads all models.
  ///
  /// - Throws: What reading a bundle throws; `ServeError` if two have one name.
  init(_ sources: [ModelSource], keeping bytes: Int) throws {
    self.sources = sources
    keptBytes = bytes
    var models: [String: ServedModel] = [:]
    for source in sources {
      guard models[source.name] == nil else { throw ServeError.invalid("two models have the name \(source.name)") }
      // Models over one backbone share it in memory.
      models[source.name] = try ServedModel(source, beside: models.values.map(\.model.backbone), keeping: bytes)
    }
    self.models = Mutex(models)
  }

  /// Names in the order in which they were given; the first is that of requests that name none.
  var names: [String] { sources.map(\.name) }

  /// All models, in that order.
  var all: [ServedModel] { models.withLock { models in sources.compactMap { models[$0.name] } } }

  /// The model of a name, or the first one.
  ///
  /// - Throws: `ServeError` for a name that no model has.
  func model(named name: String?) throws(ServeError) -> ServedModel {
    let asked = name ?? sources.first?.name ?? ""
    guard let model = models.withLock({ $0[asked] }) else {
      throw ServeError(
        .unknownModel, "there is no model of that name here; there is \(names.joined(separator: ", ")) (GET /v1/models)"
      )
    }
    return model
  }

  /// Reads a bundle again, beside the one that is served; it takes hold when `install` is called.
  func readAgain(_ name: String) throws -> ServedModel {
    let old = try model(named: name)
    guard let source = sources.first(where: { $0.name == old.name }) else {
      throw ServeError(.unknownModel, "there is no model of that name here")
    }
    do { return try ServedModel(source, beside: all.map(\.model.backbone), keeping: keptBytes) } catch let error
      as ServeError
    {
      throw error
    } catch {
      throw ServeError(.conflict, "\(name) stays as it was, since its bundle cannot be read: \(error)")
    }
  }

  /// Serves a model in place of the one of its name.
  func install(_ model: ServedModel) { models.withLock { $0[model.name] = model } }
}
