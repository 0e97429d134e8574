import Foundation

extension Float {
  var exponential: Float { exp(self) }
}
