import Glibc
import RelayJournal
import Testing

/// What happens once happens again while it is being set right.
@Suite("Crashes inside of a recovery") struct NestedCrashTests {
  private static let cuts: [DiskModel.Cut] = [.nothingKept, .someKept, .someGarbage]

  /// A journal that was cut off at some step.
  private struct Wreck {
    let player: Player
    let disk: DiskModel
  }

  private func wrecks(_ script: Script, step: Int, _ random: inout SeededGenerator) -> [Wreck] {
    let whole = SimulatedStorage()
    var player = Player(simulatedOptions(), whole)
    player.play(script)
    #expect(player.failure == nil)
    return stride(from: 1, through: whole.changes, by: step).map { number in
      let storage = SimulatedStorage(fault: .powerOff(atChange: number))
      var player = Player(simulatedOptions(), storage)
      player.play(script)
      return Wreck(player: player, disk: storage.disk.afterPowerCut(.someKept, using: &random))
    }
  }

  /// How many calls a start changes anything with.
  private func changes(_ disk: DiskModel) throws -> Int {
    let storage = SimulatedStorage(disk)
    _ = try Journal.open(simulatedOptions(), storage: storage)
    return storage.changes
  }

  /// Lets a start end at each of its calls; hands over what it leaves behind.
  private func interrupt(
    _ disk: DiskModel,
    _ fault: (Int) -> Fault,
    _ check: (Int, SimulatedStorage) throws -> Void
  ) throws {
    for number in 1...(try changes(disk)) {
      let storage = SimulatedStorage(disk, fault: fault(number))
      _ = try? Journal.open(simulatedOptions(), storage: storage)
      try check(number, storage)
    }
  }

  /// Three deep where `isDeep`: a crash, one in its recovery, and one in the recovery of that.
  private func sweep(seed: UInt64, step: Int, isDeep: Bool) throws -> Int {
    var random = SeededGenerator(seed: seed)
    let script = Script(seed: seed, commits: 12, largest: 15_000, retires: true)
    var states = 0
    for wreck in wrecks(script, step: step, &random) {
      try interrupt(wreck.disk, { .powerOff(atChange: $0) }) { number, storage in
        for cut in Self.cuts {
          let disk = storage.disk.afterPowerCut(cut, using: &random)
          let problems = try checkRecovery(wreck.player, from: disk, &random)
          #expect(problems.isEmpty, "seed \(seed), call \(number), \(cut): \(problems)")
          states += 1
          guard isDeep, cut == .someKept else { continue }
          try interrupt(disk, { .powerOff(atChange: $0) }) { inner, storage in
            let again = storage.disk.afterPowerCut(.someGarbage, using: &random)
            let problems = try checkRecovery(wreck.player, from: again, &random)
            #expect(problems.isEmpty, "seed \(seed), calls \(number), \(inner): \(problems)")
            states += 1
          }
        }
      }
      for code in [EIO, ENOSPC] {
        try interrupt(wreck.disk, { .failure(atChange: $0, code: code) }) { number, storage in
          let disk = storage.disk.afterKill()
          let problems = try checkRecovery(wreck.player, from: disk, &random)
          #expect(problems.isEmpty, "seed \(seed), call \(number), errno \(code): \(problems)")
          states += 1
        }
      }
    }
    return states
  }

  @Test func `lose nothing either`() throws {
    #expect(try sweep(seed: 3, step: 23, isDeep: false) > 100)
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: three deep`() throws {
    var states = 0
    for seed in 300..<UInt64(310) { states += try sweep(seed: seed, step: 5, isDeep: true) }
    print("campaign: \(states) crash states inside of recoveries, up to three deep")
  }
}
