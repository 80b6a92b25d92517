internal import RelaySystem

/// The thread on which a `SpareMaker` works; gone when this is.
final class SpareThread {
  private let maker: SpareMaker
  private var thread: Thread?

  init(_ maker: SpareMaker) throws(SystemError) {
    self.maker = maker
    thread = try Thread(name: "spares") { maker.run() }
  }

  deinit { stop() }

  /// Returns when the thread touches no file any more.
  func stop() {
    maker.stop()
    thread.take()?.join()
  }
}
