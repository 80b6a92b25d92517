import Foundation
import RelayConfiguration
import RelayServer
import RelaySystem
import RelayTLS
import Testing

@Suite("TLS keeper") struct TLSKeeperTests {
  private static let hour: Int64 = 3600 * 1_000_000_000

  private let authority: OpenSSLServer.Authority
  private let paths: ListenerTLS

  init() throws {
    authority = try OpenSSLServer.Authority()
    try authority.sign("own", names: "DNS:own.test")
    let folder = authority.folder
    paths = ListenerTLS(identities: [
      ListenerTLS.Identity(
        certificate: folder.appending(path: "own.pem").path,
        privateKey: folder.appending(path: "own.key").path
      )
    ])
  }

  private func makeKeeper() throws -> TLSKeeper {
    try TLSKeeper(.ingress, paths, log: Log(.init(format: .json, level: .error, access: false)))
  }

  @Test func `the key of tickets is replaced every 12 hours, and not before`() throws {
    let before = SystemClock.monotonicNanoseconds()
    let keeper = try makeKeeper()
    let after = SystemClock.monotonicNanoseconds()
    var context = keeper.desk.current
    for passed in [0, 1, Self.hour, 12 * Self.hour - 1] {
      keeper.look(at: before + passed)
      #expect(keeper.desk.current === context)
    }
    var now = after
    for _ in 0..<3 {
      now += 12 * Self.hour
      keeper.look(at: now)
      #expect(keeper.desk.current !== context)
      context = keeper.desk.current
      keeper.look(at: now + 12 * Self.hour - 1)
      #expect(keeper.desk.current === context)
    }
  }

  @Test func `files that cannot be served leave the old key until they can be`() throws {
    let keeper = try makeKeeper()
    let context = keeper.desk.current
    let file = authority.folder.appending(path: "own.pem")
    let whole = try Data(contentsOf: file)
    try whole.dropLast(100).write(to: file)
    var now = SystemClock.monotonicNanoseconds() + 13 * Self.hour
    for _ in 0..<3 { keeper.look(at: now) }
    #expect(keeper.desk.current === context)
    try whole.write(to: file)
    now += Self.hour
    keeper.look(at: now)
    #expect(keeper.desk.current !== context)
  }
}
