import RelayCore
import Testing

@Suite("Consumer position") struct ConsumerPositionTests {
  private func receipt(
    _ sequence: UInt64,
    of position: ConsumerPosition,
    nonce: UInt64
  ) -> ConsumerPosition.Receipt {
    ConsumerPosition.Receipt(sequence: sequence, generation: position.generation, nonce: nonce)
  }

  @Test func `a commit moves forward and starts a generation`() {
    var position = ConsumerPosition(sequence: 10)
    let before = position.generation
    #expect(position.commit(receipt(20, of: position, nonce: 1), served: 30) == .moved)
    #expect(position.sequence == 20)
    #expect(position.generation == before + 1)
  }

  @Test(arguments: [0, 9, 10] as [UInt64])
  func `a commit never moves back`(sequence: UInt64) {
    var position = ConsumerPosition(sequence: 10)
    let before = position
    #expect(position.commit(receipt(sequence, of: position, nonce: 1), served: 30) == .unchanged)
    #expect(position == before)
  }

  @Test func `a commit past what was served is refused`() {
    var position = ConsumerPosition(sequence: 10)
    #expect(position.commit(receipt(31, of: position, nonce: 1), served: 30) == .notServed)
    #expect(position.commit(receipt(30, of: position, nonce: 1), served: 30) == .moved)
  }

  @Test(arguments: [true, false])
  func `of two readers under one name the second commit fails`(firstReaderFirst: Bool) {
    var position = ConsumerPosition(sequence: 0)
    let first = receipt(10, of: position, nonce: 1)
    let second = receipt(10, of: position, nonce: 2)
    let (winner, loser) = firstReaderFirst ? (first, second) : (second, first)
    #expect(position.commit(winner, served: 50) == .moved)
    #expect(position.commit(loser, served: 50) == .staleGeneration)
    #expect(position.sequence == 10)
  }

  @Test func `a repeated commit succeeds again`() {
    var position = ConsumerPosition(sequence: 0)
    let read = receipt(10, of: position, nonce: 77)
    #expect(position.commit(read, served: 50) == .moved)
    let after = position
    #expect(position.commit(read, served: 50) == .unchanged)
    #expect(position == after)
  }

  @Test func `a seek goes anywhere and invalidates earlier reads`() {
    var position = ConsumerPosition(sequence: 40)
    let read = receipt(50, of: position, nonce: 5)
    position.seek(to: 3)
    #expect(position.sequence == 3)
    #expect(position.commit(read, served: 60) == .staleGeneration)
    #expect(position.sequence == 3)
  }

  @Test func `a seek forgets the nonce of the last commit`() {
    var position = ConsumerPosition(sequence: 0)
    let read = receipt(10, of: position, nonce: 5)
    _ = position.commit(read, served: 60)
    position.seek(to: 20)
    #expect(position.commit(read, served: 60) == .staleGeneration)
  }
}
