internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// The quarantine's part of an assembly.
extension Assembly {
  private var quarantinePath: String { configuration.data + "/quarantine" }

  /// Opens what an earlier run has left, also where no source wants more of it.
  ///
  /// Has room for what this one will need; nil where there is neither.
  func openQuarantine() throws(StartError) -> sending QuarantineFile? {
    let terms = configuration.quarantineTerms
    let path = quarantinePath
    let file: QuarantineFile
    do throws(SystemError) {
      if terms.isEmpty, !(try Self.isThere(path)) { return nil }
      file = try quarantine.open(path, log)
    } catch {
      // Nothing in it was promised to anybody: deliveries are taken without it.
      log.error(
        "quarantine_failed",
        [
          "file": .text(path), "reason": .text("\(error)"),
          "detail": .text("what does not verify is not kept; see to the file, and start again"),
        ]
      )
      return nil
    }
    let wanted = quarantine.book.withLock { book in
      book.take(terms)
      return book.blocksWanted
    }
    do throws(SystemError) {
      try file.grow(toBlocks: wanted + 1)
    } catch {
      throw StartError(
        "cannot have the quarantine: \(error); make room, or lower verify.quarantine_bytes",
        exitCode: error.isOutOfSpace ? ExitCode.tryLater : ExitCode.diskFailed
      )
    }
    return file
  }

  /// Why the disk has no room for what another configuration wants to keep; nil while it has.
  ///
  /// What the journal keeps free is not the quarantine's to take.
  func shortage(of next: Configuration) -> String? {
    let wanted = next.quarantineTerms.values.reduce(0) { $0 + $1.blocksMax }
    let there = (try? File.openForReading(quarantinePath).size()) ?? 0
    let growth = Int64(wanted * QuarantineEntry.blockBytes) - there
    guard growth > 0, let free = try? Directory.freeBytes(configuration.data) else { return nil }
    let left = free - configuration.journal.reserveBytes
    guard growth > left else { return nil }
    return "the quarantine would need \(growth) bytes more, and \(max(0, left)) are free beside "
      + "journal.reserve_bytes; make room, or lower verify.quarantine_bytes"
  }

  private static func isThere(_ path: String) throws(SystemError) -> Bool {
    do throws(SystemError) {
      _ = try File.openForReading(path)
      return true
    } catch {
      guard error.isNotFound else { throw error }
      return false
    }
  }

  func startQuarantine(
    _ file: sending QuarantineFile?,
    _ api: Mailbox<LoopMessage<APINotice>>,
    _ hasher: EventKeyHasher,
    _ runtimes: [SourceRuntime]
  ) throws(StartError) {
    let keeper = QuarantineKeeper(
      quarantine,
      quarantinePath,
      file,
      api: api,
      desk: ReleaseDesk(hasher: hasher, inbox: inbox, health: health),
      runtimes: runtimes,
      log: log
    )
    try start("quarantine") { keeper.run() }
  }
}

extension Configuration {
  /// What the sources that keep refused deliveries may keep.
  var quarantineTerms: [String: QuarantineBook.Terms] {
    var terms: [String: QuarantineBook.Terms] = [:]
    for source in sources {
      guard let bytes = source.quarantineBytes else { continue }
      terms[source.name] = QuarantineBook.Terms(
        blocksMax: bytes / QuarantineEntry.blockBytes,
        windowSeconds: source.window.components.seconds
      )
    }
    return terms
  }
}
