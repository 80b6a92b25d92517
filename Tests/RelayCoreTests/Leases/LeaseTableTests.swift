import RelayCore
import Testing

@Suite("Lease table") struct LeaseTableTests {
  private func table(attemptsMax: UInt32 = 3) -> LeaseTable {
    LeaseTable(frontier: 10, attemptsMax: attemptsMax)
  }

  @Test func `an event that is admitted is leased until its time and settled by an ack`() {
    var table = table()
    let receipt = table.admit(11, until: 100)
    #expect(receipt == LeaseTable.Receipt(sequence: 11, attempt: 1))
    #expect(table.nextExpiry == 100)
    table.advance(to: 99)
    #expect(table.firstReady(at: 99) == nil)
    #expect(table.ack(receipt) == .done)
    #expect(table.entries.isEmpty)
    #expect(table.frontier == 11)
  }

  @Test func `a lease that ends is ready at its end and not before`() {
    var table = table()
    _ = table.admit(11, until: 100)
    table.advance(to: 100)
    #expect(table.firstReady(at: 100) == 11)
    #expect(table.lease(11, until: 200).attempt == 2)
    #expect(table.firstReady(at: 100) == nil)
  }

  @Test func `what waits longest is leased again first`() {
    var table = table()
    let first = table.admit(11, until: 300)
    _ = table.admit(12, until: 200)
    _ = table.admit(13, until: 100)
    _ = table.nack(first, due: 50, at: 0)
    table.advance(to: 400)
    var order: [UInt64] = []
    while let sequence = table.firstReady(at: 400) {
      order.append(sequence)
      _ = table.lease(sequence, until: 1000)
    }
    #expect(order == [11, 13, 12])
  }

  @Test func `a late ack counts until somebody else has got the event (failure 55)`() {
    var table = table()
    let late = table.admit(11, until: 100)
    let later = table.admit(12, until: 100)
    table.advance(to: 500)
    #expect(table.ack(late) == .done)
    #expect(table.ack(late) == .alreadyDone)
    #expect(table.firstReady(at: 500) == 12)
    let again = table.lease(12, until: 900)
    #expect(table.ack(later) == .expired)
    #expect(table.nack(later, due: 0, at: 500) == .expired)
    #expect(table.extend(later, until: 2000, at: 500) == .expired)
    #expect(table.ack(again) == .done)
    #expect(table.ack(later) == .alreadyDone)
  }

  @Test func `a lease that was given back is over`() {
    var table = table()
    let receipt = table.admit(11, until: 100)
    #expect(table.nack(receipt, due: 50, at: 10) == .done)
    #expect(table.nack(receipt, due: 90, at: 11) == .alreadyDone)
    #expect(table.ack(receipt) == .expired)
    #expect(table.extend(receipt, until: 900, at: 11) == .expired)
    table.advance(to: 49)
    #expect(table.firstReady(at: 49) == nil)
    table.advance(to: 50)
    #expect(table.firstReady(at: 50) == 11)
  }

  @Test func `an extension prolongs and never shortens`() {
    var table = table()
    let receipt = table.admit(11, until: 100)
    #expect(table.extend(receipt, until: 200, at: 50) == .done)
    #expect(table.extend(receipt, until: 60, at: 50) == .done)
    table.advance(to: 199)
    #expect(table.firstReady(at: 199) == nil)
    table.advance(to: 200)
    #expect(table.firstReady(at: 200) == 11)
    #expect(table.extend(receipt, until: 900, at: 200) == .expired)
  }

  @Test(arguments: [true, false])
  func `after its last attempt an event is dead`(byNack: Bool) {
    var table = table(attemptsMax: 2)
    var receipt = table.admit(11, until: 100)
    table.advance(to: 100)
    _ = table.firstReady(at: 100)
    receipt = table.lease(11, until: 200)
    if byNack {
      #expect(table.nack(receipt, due: 900, at: 150) == .done)
    } else {
      table.advance(to: 200)
    }
    #expect(table.deadCount == 1)
    #expect(table.nextExpiry == nil || byNack)
    table.advance(to: 10_000)
    #expect(table.firstReady(at: 10_000) == nil)
    #expect(table.entries[11]?.isReturned == byNack)
    // The worker that was only late may still settle it.
    #expect(table.ack(receipt) == (byNack ? .expired : .done))
    #expect(table.deadCount == (byNack ? 1 : 0))
  }

  @Test func `a replay gives as many attempts again and no lease id twice`() {
    var table = table(attemptsMax: 1)
    let first = table.admit(11, until: 100)
    #expect(table.replay(11, at: 50) == false)
    #expect(table.discard(11) == false)
    table.advance(to: 100)
    #expect(table.replay(11, at: 150) == true)
    #expect(table.replay(11, at: 150) == false)
    #expect(table.firstReady(at: 150) == 11)
    let second = table.lease(11, until: 300)
    #expect(second.attempt == 2)
    #expect(table.ack(first) == .expired)
    table.advance(to: 300)
    #expect(table.deadCount == 1)
    #expect(table.discard(11) == true)
    #expect(table.ack(second) == .alreadyDone)
    #expect(table.deadCount == 0)
  }

  @Test func `a lease that reached nobody is ready at once and costs no attempt (failure 52)`() {
    var table = table(attemptsMax: 1)
    let lost = table.admit(11, until: 100)
    table.release(lost, at: 10)
    #expect(table.firstReady(at: 10) == 11)
    let receipt = table.lease(11, until: 200)
    #expect(receipt != lost)
    table.release(lost, at: 20)
    #expect(table.firstReady(at: 20) == nil)
    table.advance(to: 200)
    #expect(table.deadCount == 1)
  }

  @Test func `what was never handed out is unknown`() {
    var table = table()
    _ = table.admit(11, until: 100)
    #expect(table.ack(LeaseTable.Receipt(sequence: 12, attempt: 1)) == .unknown)
    #expect(table.ack(LeaseTable.Receipt(sequence: 11, attempt: 2)) == .unknown)
  }

  @Test func `a full table admits nothing until something settles`() {
    var table = table()
    var receipts: [LeaseTable.Receipt] = []
    while table.room > 0 { receipts.append(table.admit(table.frontier + 1, until: 100)) }
    #expect(receipts.count == LeaseTable.entriesMax)
    #expect(table.ack(receipts[5]) == .done)
    #expect(table.room == 1)
  }

  @Test func `lost events are counted once and settled`() {
    var table = table()
    let receipt = table.admit(11, until: 100)
    table.passLost(from: 9, through: 15)
    #expect(table.lost == 4)
    #expect(table.frontier == 15)
    table.lose(11)
    table.lose(11)
    #expect(table.lost == 5)
    #expect(table.ack(receipt) == .alreadyDone)
  }

  @Test func `many extensions leave no more behind than the table is large`() {
    var table = table()
    let receipt = table.admit(11, until: 100)
    for time in 0..<Int64(10_000) {
      #expect(table.extend(receipt, until: time + 200, at: time) == .done)
      table.advance(to: time)
    }
    table.advance(to: 20_000)
    #expect(table.firstReady(at: 20_000) == 11)
    #expect(table.lease(11, until: 30_000).attempt == 2)
    #expect(table.firstReady(at: 20_000) == nil)
  }

  @Test func `an entry is stored in twenty bytes that other versions refuse`() throws {
    var table = table(attemptsMax: 0x0102_0304)
    _ = table.admit(11, until: 0x1122_3344_5566_7788)
    let entry = try #require(table.entries[11])
    let bytes: [UInt8] = [
      1, 0, 0, 0, 1, 0, 0, 0, 4, 3, 2, 1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
    ]
    #expect(entry.bytes == bytes)
    #expect(LeaseEntry(bytes: bytes) == entry)
    #expect(LeaseEntry(bytes: [2] + bytes.dropFirst()) == nil)
    #expect(LeaseEntry(bytes: [1, 4] + bytes.dropFirst(2)) == nil)
    #expect(LeaseEntry(bytes: Array(bytes.dropLast())) == nil)
  }

  // MARK: Saving

  @Test func `entries are saved before the frontier that counts them`() throws {
    var table = table()
    let firstTaken = table.takeChanges()
    let first = try #require(firstTaken)
    #expect(first.writesNumbers)
    #expect(first.entries.isEmpty)
    #expect(table.takeChanges() == nil)
    _ = table.admit(12, until: 100)
    _ = table.admit(15, until: 100)
    let changesTaken = table.takeChanges()
    let changes = try #require(changesTaken)
    #expect(changes.entries.map(\.sequence) == [12, 15])
    #expect(changes.writesNumbers)
    // The crash came before the frontier: what is there was counted by the entries themselves.
    let entries = Dictionary(
      uniqueKeysWithValues: changes.entries.compactMap { pair in
        pair.entry.map { (pair.sequence, $0) }
      }
    )
    let restored = LeaseTable(restoring: entries, frontier: 10, lost: 0, attemptsMax: 3)
    #expect(restored.frontier == 15)
  }

  @Test func `what was not saved goes with the next`() throws {
    var table = table()
    _ = table.takeChanges()
    let receipt = table.admit(11, until: 100)
    let refusedTaken = table.takeChanges()
    let refused = try #require(refusedTaken)
    #expect(!table.needsSaving)
    table.putBack(refused)
    #expect(table.needsSaving)
    _ = table.ack(receipt)
    let changesTaken = table.takeChanges()
    let changes = try #require(changesTaken)
    #expect(changes.writesNumbers)
    #expect(changes.entries.map(\.sequence) == [11])
    #expect(changes.entries[0].entry == nil)
  }

  @Test func `a frontier over events for others is saved now and then`() {
    var table = table()
    _ = table.takeChanges()
    table.pass(through: 10 + LeaseTable.frontierLagMax - 1)
    #expect(!table.needsSaving)
    table.pass(through: 10 + LeaseTable.frontierLagMax)
    #expect(table.needsSaving)
  }
}
