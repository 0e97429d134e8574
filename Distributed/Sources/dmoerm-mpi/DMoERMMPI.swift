import DMoEMPI
import DMoERM
import Foundation
import dmoerm

@main
enum DMoERMMPI {
  static func main() {
    Programs.prepare()
    do {
      let ranks = try MPIRanks()
      let status = Programs.dmoermMPI(over: ranks)
      ranks.end(status: status)
      exit(status)
    } catch {
      FileHandle.standardError.write(Data("dmoerm-mpi: \(error)\n".utf8))
      exit(1)
    }
  }
}
