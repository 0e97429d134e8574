import ArgumentParser

/// How a program ends that met an error, or was asked for help.
enum Ending {
  /// Says what there is to say, in the form of all errors here.
  ///
  /// - Parameter command: The program, which knows what the argument parser means.
  /// - Returns: the status to end with.
  static func status(of error: any Error, of command: any ParsableCommand.Type) -> Int32 {
    Console.error.clear()
    if let failure = Failure(error) {
      Console.error.print(failure.lines)
      return failure.status.rawValue
    }
    let code = command.exitCode(for: error)
    let message = command.fullMessage(for: error)
    if code.isSuccess {
      Console.output.print(message)
    } else if !message.isEmpty {
      let prefix = "Error: "
      Console.error.print("dmoerm: " + (message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message))
    }
    return code.rawValue
  }
}
