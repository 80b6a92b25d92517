internal import CRelayLinux

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let readable = Interest(rawValue: EPOLLIN.rawValue)
  package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
}

/// One event of one descriptor.
package struct PollEvent: Equatable, Sendable {
  /// As given at registration.
  package let token: UInt64
  package let isReadable: Bool
  package let isWritable: Bool
  /// Both directions are closed, or the socket has an error.
  package let isHangup: Bool
}

/// An epoll instance, level-triggered.
package struct Poller: ~Copyable, Sendable {
  /// Events taken per wait; the rest come with the next one.
  private static let eventsMax = 256

  private let epoll: Descriptor
  private var tokens = [UInt64](repeating: 0, count: eventsMax)
  private var bits = [UInt32](repeating: 0, count: eventsMax)

  package init() throws(SystemError) {
    epoll = Descriptor(owning: try checked("epoll_create1", relay_epoll_create()))
  }

  package func add(_ fd: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
    try change(EPOLL_CTL_ADD, fd, interest, token)
  }

  package func modify(_ fd: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
    try change(EPOLL_CTL_MOD, fd, interest, token)
  }

  /// Stops watching.
  ///
  /// Only a descriptor that is not watched can make this fail, and then there is nothing to stop.
  package func remove(_ fd: Int32) {
    _ = relay_epoll_change(epoll.rawValue, EPOLL_CTL_DEL, fd, 0, 0)
  }

  private func change(
    _ operation: Int32,
    _ fd: Int32,
    _ interest: Interest,
    _ token: UInt64
  ) throws(SystemError) {
    let result = relay_epoll_change(epoll.rawValue, operation, fd, interest.rawValue, token)
    try checked("epoll_ctl", result)
  }

  /// Waits for events and replaces `events` with them; an interrupted wait brings none.
  package mutating func wait(
    timeoutMilliseconds: Int32,
    into events: inout [PollEvent]
  ) throws(SystemError) {
    events.removeAll(keepingCapacity: true)
    let descriptor = epoll.rawValue
    let result = Self.wait(descriptor, &tokens, &bits, timeoutMilliseconds)
    let count = Int(try checked("epoll_wait", result))
    for index in 0..<count {
      let bits = bits[index]
      events.append(
        PollEvent(
          token: tokens[index],
          isReadable: bits & EPOLLIN.rawValue != 0,
          isWritable: bits & EPOLLOUT.rawValue != 0,
          isHangup: bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        )
      )
    }
  }

  /// Two spans of one value's properties need each its own access.
  private static func wait(
    _ epoll: Int32,
    _ tokens: inout [UInt64],
    _ bits: inout [UInt32],
    _ timeoutMilliseconds: Int32
  ) -> Int32 {
    var tokenSpan = tokens.mutableSpan
    var bitSpan = bits.mutableSpan
    return relay_epoll_wait(epoll, &tokenSpan, &bitSpan, timeoutMilliseconds)
  }
}
