import RelayCore
import Testing

@Suite("Pressure gauge") struct PressureGaugeTests {
  @Test func `refuses above the limit and not before`() {
    var gauge = PressureGauge(bytesMax: 100)
    let fits = gauge.admits(bytes: 40, inflight: 60, waiting: .zero)
    let exceeds = gauge.admits(bytes: 41, inflight: 60, waiting: .zero)
    #expect(fits)
    #expect(!exceeds)
  }

  @Test func `goes on refusing until half of it is gone`() {
    var gauge = PressureGauge(bytesMax: 100)
    _ = gauge.admits(bytes: 100, inflight: 60, waiting: .zero)
    let above = gauge.admits(bytes: 1, inflight: 51, waiting: .zero)
    let half = gauge.admits(bytes: 1, inflight: 50, waiting: .zero)
    #expect(!above)
    #expect(half)
  }

  @Test func `a lone request larger than the limit gets in`() {
    var gauge = PressureGauge(bytesMax: 100)
    let admitted = gauge.admits(bytes: 1000, inflight: 0, waiting: .zero)
    #expect(admitted)
  }

  @Test func `refuses while the oldest waits too long, until it waits half of that`() {
    var gauge = PressureGauge(bytesMax: 100, waitingMax: .seconds(1))
    let atLimit = gauge.admits(bytes: 1, inflight: 1, waiting: .seconds(1))
    let above = gauge.admits(bytes: 1, inflight: 1, waiting: .milliseconds(1001))
    let stillSlow = gauge.admits(bytes: 1, inflight: 1, waiting: .milliseconds(501))
    let better = gauge.admits(bytes: 1, inflight: 1, waiting: .milliseconds(500))
    #expect(atLimit)
    #expect(!above)
    #expect(!stillSlow)
    #expect(better)
  }

  @Test func `bytes and time are both to be better before it ends`() {
    var gauge = PressureGauge(isRefusing: true, bytesMax: 100, waitingMax: .seconds(1))
    let slow = gauge.admits(bytes: 1, inflight: 0, waiting: .seconds(2))
    let much = gauge.admits(bytes: 1, inflight: 90, waiting: .zero)
    let neither = gauge.admits(bytes: 1, inflight: 0, waiting: .zero)
    #expect(!slow)
    #expect(!much)
    #expect(neither)
  }
}
