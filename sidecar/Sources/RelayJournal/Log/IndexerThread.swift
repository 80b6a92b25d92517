internal import RelaySystem

/// The thread on which a `SegmentIndexer` works; gone when this is.
final class IndexerThread {
  private let indexer: SegmentIndexer
  private var thread: Thread?

  init(_ indexer: SegmentIndexer) throws(SystemError) {
    self.indexer = indexer
    indexer.expectThread()
    thread = try Thread(name: "indexes") { indexer.run() }
  }

  deinit { stop() }

  /// Returns when the thread touches no file any more.
  func stop() {
    indexer.stop()
    thread.take()?.join()
  }
}
