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
  func openQuarantine() throws(StartError) -> QuarantineFile? {
    let terms = configuration.quarantineTerms
    let path = quarantinePath
    do throws(SystemError) {
      if terms.isEmpty, !(try Self.isThere(path)) { return nil }
      let found = try QuarantineFile.open(path, at: RetentionKeeper.reading())
      if let aside = found.setAside {
        log.error(
          "quarantine_damaged",
          [
            "file": .text(path),
            "detail": .text("it was no quarantine of ours, is kept as \(aside), and begins anew"),
          ]
        )
      }
      try found.file.grow(toBlocks: QuarantineFile.blocks(for: terms))
      quarantine.book.withLock { book in
        book.restore(found.items)
        book.take(terms)
      }
      return found.file
    } catch {
      throw StartError(
        "cannot have the quarantine: \(error); make room, or lower verify.quarantine_bytes",
        exitCode: error.isOutOfSpace ? ExitCode.tryLater : ExitCode.diskFailed
      )
    }
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
    _ hasher: EventKeyHasher
  ) throws(StartError) {
    let keeper = QuarantineKeeper(
      quarantine,
      quarantinePath,
      file,
      api: api,
      desk: ReleaseDesk(hasher: hasher, inbox: inbox, health: health),
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
