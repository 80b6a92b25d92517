import RelayJournal
import RelaySystem
import Testing

/// A closed or crashed journal on a simulated disk, small enough to damage everywhere.
struct Specimen {
  var disk = DiskModel()
  var survey = Survey()
  /// The last sequence that some later block proves to have been durable.
  var proven: UInt64 = 0
  let options: JournalOptions

  enum End: Sendable { case closed, marked, crashed }

  init(_ end: End, commits: Int = 4, bytes: Int = 60, keysPerRun: Int = 1 << 20) throws {
    var options = simulatedOptions()
    options.keysPerRun = keysPerRun
    self.options = options
    let storage = SimulatedStorage()
    let journal = try Journal.open(options, storage: storage)
    var number = 0
    for commit in 1...commits {
      for _ in 0..<2 {
        number += 1
        _ = try journal.stage(Sample.draft(number, bytes: bytes))
      }
      try journal.stageState(key: "consumer", value: [UInt8(commit)])
      try journal.commit()
    }
    survey = try Survey(journal)
    switch end {
    case .closed: try journal.close()
    case .marked: try journal.commitIdleMark()
    case .crashed: break
    }
    proven = UInt64(end == .crashed ? number - 2 : number)
    disk = storage.disk
  }

  var segment: String {
    get throws {
      try #require(disk.segmentNames.first)
    }
  }

  /// Opens a damaged copy.
  ///
  /// Whatever it does, it must not be silent about what was proven.
  func complaint(_ damaged: DiskModel, _ onDamage: JournalOptions.OnDamage) -> String? {
    let storage = SimulatedStorage(damaged)
    do {
      let journal = try Journal.open(simulatedOptions(onDamage), storage: storage)
      let found = try Survey(journal)
      for (sequence, body) in found.bodies where survey.bodies[sequence] != body {
        return "event \(sequence) was altered"
      }
      if !found.unexplained.isEmpty { return "unexplained \(found.unexplained)" }
      if found.durable < proven { return "\(found.durable) is the end, \(proven) was proven" }
      if journal.room == .readOnly {
        if onDamage == .continue { return "it takes nothing, and was told to go on" }
        return storage.disk.fileNames == damaged.fileNames ? nil : "files came or went"
      }
      let next = try journal.stage(Sample.draft(1000))
      if next <= proven { return "sequence \(next) is given out twice" }
      return nil
    } catch let error as JournalError {
      // Refusing by name is an answer, too.
      if case .badFormat = error { return nil }
      if case .wrongVersion = error { return nil }
      return "\(error)"
    } catch {
      return "\(error)"
    }
  }
}

extension Survey {
  /// Of nothing.
  fileprivate init() {}
}
