import RelayCore
import Testing

@Suite struct ElapsedClockTests {
  private func reading(_ boot: UInt8, _ seconds: Int64, wall: Int64) -> ElapsedClock.Reading {
    ElapsedClock.Reading(
      bootID: Array(repeating: boot, count: 16),
      bootNanoseconds: seconds * 1_000_000_000,
      wallMicroseconds: wall * 1_000_000
    )
  }

  @Test func `time that passes is counted, whatever the wall clock does`() {
    var clock = ElapsedClock(at: reading(1, 100, wall: 1_700_000_000))
    #expect(clock.advance(to: reading(1, 160, wall: 1_700_000_060)) == nil)
    #expect(clock.elapsed == .seconds(60))
    #expect(clock.advance(to: reading(1, 170, wall: 1_700_000_070 + 300)) == nil)
    #expect(clock.advance(to: reading(1, 180, wall: 1_900_000_000)) == .seconds(199_999_620))
    #expect(clock.advance(to: reading(1, 190, wall: 5)) == .seconds(-1_900_000_005))
    #expect(clock.elapsed == .seconds(90))
  }

  @Test func `a clock that seems to go back counts nothing`() {
    var clock = ElapsedClock(at: reading(1, 100, wall: 1_700_000_000))
    _ = clock.advance(to: reading(1, 50, wall: 1_700_000_000))
    #expect(clock.elapsed == .zero)
  }

  @Test(
    arguments: [
      // The same start of the machine: its clock is exact.
      (1, 400, 0, 300), (1, 400, 9_999_999_999, 300), (1, 90, 1_700_000_500, 0),
      // Another one: the wall clock is believed for five minutes.
      (2, 7, 1_700_000_020, 20), (2, 7, 1_700_000_300, 300), (2, 7, 1_800_000_000, 300),
      (2, 7, 1_600_000_000, 0), (2, 7, 0, 0),
    ] as [(UInt8, Int64, Int64, Int)]
  )
  func `what was saved goes on`(boot: UInt8, seconds: Int64, wall: Int64, passed: Int) {
    var clock = ElapsedClock(at: reading(1, 90, wall: 1_699_999_990))
    _ = clock.advance(to: reading(1, 100, wall: 1_700_000_000))
    let again = ElapsedClock(saved: clock.bytes, at: reading(boot, seconds, wall: wall))
    #expect(again.elapsed == .seconds(10 + passed))
    #expect(ElapsedClock(saved: again.bytes, at: reading(boot, seconds, wall: wall)) == again)
  }

  @Test(arguments: [
    nil, [], [UInt8](repeating: 0xFF, count: 47), [UInt8](repeating: 0xFF, count: 48),
    [UInt8](repeating: 0x80, count: 48), [UInt8](repeating: 0x7F, count: 48),
  ])
  func `bytes that are none make nothing older than it can be`(bytes: [UInt8]?) {
    let clock = ElapsedClock(saved: bytes, at: reading(1, 100, wall: 1_700_000_000))
    #expect(clock.elapsed >= .zero)
    if bytes?.first != 0x7F { #expect(clock.elapsed <= ElapsedClock.offMax) }
  }

  @Test func `steady time goes on from the first reading, whatever the wall clock says`() {
    var clock = ElapsedClock(at: reading(1, 100, wall: 1_700_000_000))
    #expect(clock.steadySeconds == 1_700_000_000)
    _ = clock.advance(to: reading(1, 160, wall: 1_900_000_000))
    #expect(clock.steadySeconds == 1_700_000_060)
    let again = ElapsedClock(saved: clock.bytes, at: reading(2, 5, wall: 0))
    #expect(again.steadySeconds == 1_700_000_060)
    let broken = [UInt8](repeating: 0xFF, count: 40) + [0, 0, 0, 0, 0, 0, 0, 0x80]
    #expect(ElapsedClock(saved: broken, at: reading(1, 1, wall: 1)).steadySeconds == 0)
  }
}
