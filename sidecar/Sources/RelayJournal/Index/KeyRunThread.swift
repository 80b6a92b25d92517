internal import RelaySystem

/// The thread on which a `KeyRunMaker` works; gone when this is.
final class KeyRunThread {
  private let maker: KeyRunMaker
  private var thread: Thread?

  init(_ maker: KeyRunMaker) throws(SystemError) {
    self.maker = maker
    maker.expectThread()
    thread = try Thread(name: "key runs") { maker.run() }
  }

  deinit { stop() }

  /// Returns when the thread touches no file any more.
  func stop() {
    maker.stop()
    thread.take()?.join()
  }
}
