import RelayJournal
import RelaySystem

/// A folder of its own for one test, removed afterwards.
func withJournalFolder(_ body: (String) throws -> Void) throws {
  let name = randomBytes(8).map { String($0, radix: 36) }.joined()
  let folder = "/tmp/relay-journal-\(name)"
  defer { Directory.removeTree(folder) }
  try body(folder + "/journal")
}

func realOptions(_ folder: String) -> JournalOptions {
  JournalOptions(
    directory: folder,
    segmentBytes: 256 << 10,
    stateSegmentBytes: 64 << 10,
    reserveBytes: 0
  )
}
