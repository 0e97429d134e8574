import DMoECore
import DMoEModel

extension RouterTask {
  /// Makes the router the best softmax regression on frozen features: of the ridges the one that does best on the
  /// validation texts, or on the training texts where there are none.
  mutating func fit(ridges: [Double], _ cache: TrunkCache, progress: ReadingProgress) throws {
    let compute = reader.compute
    let training = try features(data.training, cache, progress)
    let standardized = Standardization(of: training)
    let x = standardized(training, compute)
    let judged = data.validation.isEmpty ? data.training : data.validation
    let judgedFeatures =
      data.validation.isEmpty ? x : standardized(try features(data.validation, cache, progress), compute)
    var best: (loss: Double, head: Linear)?
    for ridge in ridges {
      let fit = try SoftmaxRegression(
        features: x, classes: data.training.map(\.category), classCount: categoryWeights.count,
        classWeights: categoryWeights.map { Float($0) }, options: .init(ridge: ridge), compute: compute)
      let loss = evaluate(fit.logits(of: judgedFeatures, compute: compute), judged, totalWeight: 1).result.meanLoss
      guard loss.isFinite, best.map({ loss < $0.loss }) ?? true else { continue }
      best = (loss, Linear(fit.weights, bias: Matrix(row: fit.bias)))
    }
    guard let best else { return }
    (router.shift, router.scale, router.head) = (standardized.shift, standardized.scale, best.head)
  }

  /// Shapes: -> [texts, width of the router's pooling].
  private func features(_ texts: [RoutedText], _ cache: TrunkCache, _ progress: ReadingProgress) throws -> Matrix {
    Matrix(stacking: try texts.reading(progress, over: ranks) { try cache.features($0.ids, router, reader) })
  }
}
