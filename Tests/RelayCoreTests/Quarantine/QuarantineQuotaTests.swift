import RelayCore
import Testing

@Suite struct QuarantineQuotaTests {
  @Test func `failure 28: one address has its part, and a source its room`() {
    var quota = QuarantineQuota(blocksMax: 16)
    #expect(quota.addressMax == 2)
    #expect(quota.take(2, from: "a") == nil)
    #expect(quota.take(1, from: "a") == .address)
    #expect(quota.take(3, from: "b") == .address)
    for address in 0..<7 { #expect(quota.take(2, from: "\(address)") == nil) }
    #expect(quota.used == 16)
    #expect(quota.take(1, from: "c") == .source)
    quota.give(2, from: "a")
    #expect(quota.take(1, from: "c") == nil)
    #expect(quota.take(1, from: "a") == nil)
  }

  @Test func `less room than there is in use takes nothing more, and loses nothing`() {
    var quota = QuarantineQuota(blocksMax: 16)
    #expect(quota.take(2, from: "a") == nil)
    quota.blocksMax = 0
    #expect(quota.take(1, from: "b") == .address)
    #expect(quota.used == 2)
    quota.blocksMax = 32
    #expect(quota.take(2, from: "a") == nil)
  }

  @Test func `addresses that have nothing left are forgotten`() {
    var quota = QuarantineQuota(blocksMax: 80)
    let fresh = quota
    for address in 0..<1000 {
      #expect(quota.take(1, from: "\(address)") == nil)
      quota.give(1, from: "\(address)")
    }
    #expect(quota == fresh)
  }
}
