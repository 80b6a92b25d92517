import RelayCore
import RelayJournal
import RelayServer
import Testing
import WebhookReceiver

/// The book of what polling has repaired: what is counted, and what a restart reads of it.
@Suite struct PollTallyTests {
  @Test func `a late push that is delivered again is counted once, whatever came between`() {
    var tally = PollTally()
    tally.found = 1000
    let isFirst = tally.addLate(7)
    // Far more other forms of events than are kept.
    for sequence in 0..<UInt64(4 * PollTally.othersMax) {
      tally.add(PollTally.OtherForm(sequence: sequence, origin: .poll, digest: [1]))
    }
    let isSecond = tally.addLate(7)
    #expect(isFirst && !isSecond)
    #expect(tally.late == 1 && tally.recovered == 999)
    #expect(tally.others.count == PollTally.othersMax)
  }

  @Test(arguments: [600, 1000])
  func `a delivery that comes again counts none of its events twice`(count: UInt64) {
    var tally = PollTally()
    tally.found = 5000
    for _ in 0..<2 { for sequence in 0..<count { _ = tally.addLate(sequence) } }
    #expect(tally.late == count)
    #expect(tally.recovered == 5000 - count)
  }

  @Test func `what is remembered of late pushes is bounded`() {
    var tally = PollTally()
    let count = UInt64(PollTally.lateSequencesMax + 10)
    for sequence in 0..<count { _ = tally.addLate(sequence) }
    #expect(tally.late == count)
    #expect(tally.lateSequences.count == PollTally.lateSequencesMax)
    #expect(tally.lateSequences.first == 10)
    // It goes into the state at every change.
    #expect(tally.encode().count < 16 << 10)
  }

  @Test func `is read back as it was written, and from before late pushes were listed`() throws {
    var tally = PollTally()
    tally.found = 5
    tally.through = 99
    _ = tally.addLate(42)
    tally.add(PollTally.OtherForm(sequence: 42, origin: .push, digest: [0xab, 0xcd]))
    tally.add(
      GapRecord(
        reason: .cursorExpired,
        from: Timestamp(seconds: 1),
        to: nil,
        notedAt: Timestamp(seconds: 2)
      )
    )
    #expect(PollTally(tally.encode()) == tally)
    let older = #"{"version":1,"found":5,"late":1,"through":99,"others":[],"gaps":[]}"#
    let read = try #require(PollTally(Array(older.utf8)))
    #expect(read.late == 1 && read.lateSequences.isEmpty)
    #expect(PollTally(Array(#"{"version":2}"#.utf8)) == nil)
  }
}
