import RelayCore
import Testing

@Suite("Pressure gauge") struct PressureGaugeTests {
  @Test func `refuses above the limit and not before`() {
    var gauge = PressureGauge(bytesMax: 100)
    let fits = gauge.admits(bytes: 40, inflight: 60)
    let exceeds = gauge.admits(bytes: 41, inflight: 60)
    #expect(fits)
    #expect(!exceeds)
  }

  @Test func `goes on refusing until half of it is gone`() {
    var gauge = PressureGauge(bytesMax: 100)
    _ = gauge.admits(bytes: 100, inflight: 60)
    let above = gauge.admits(bytes: 1, inflight: 51)
    let half = gauge.admits(bytes: 1, inflight: 50)
    #expect(!above)
    #expect(half)
  }

  @Test func `a lone request larger than the limit gets in`() {
    var gauge = PressureGauge(bytesMax: 100)
    let admitted = gauge.admits(bytes: 1000, inflight: 0)
    #expect(admitted)
  }
}
