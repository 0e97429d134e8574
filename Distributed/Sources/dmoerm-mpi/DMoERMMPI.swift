import DMoEMPI
import DMoERM
import Foundation
import dmoerm

@main
enum DMoERMMPI {
  // The thread that starts MPI is the one that ends it.
  @MainActor static func main() async {
    Programs.prepare()
    do {
      let ranks = try MPIRanks()
      let status = await Programs.dmoermMPI(over: ranks)
      ranks.end(status: status)
      exit(status)
    } catch {
      FileHandle.standardError.write(Data("dmoerm-mpi: \(error)\n".utf8))
      exit(1)
    }
  }
}
