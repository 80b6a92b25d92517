package import RelaySystem

/// Why the journal cannot do what it was asked.
///
/// Each says what to do next.
package enum JournalError: Error, Sendable, CustomStringConvertible {
  /// Another process holds the lock.
  case locked(path: String)
  /// Written by a version that this one does not know.
  case wrongVersion(found: String)
  /// FORMAT is there and unreadable: whose journal this is cannot be known.
  case badFormat(path: String)
  /// FORMAT is that of another journal than all segments.
  case foreignFormat(segments: String, id: String, format: String)
  /// Proven-durable data is unreadable, and the configuration says to stop.
  case damaged(segment: String, offset: Int64, reason: String)
  /// Damage was found, and the configuration says to leave it alone: nothing is taken.
  case readOnly
  /// No room for the record: not on disk, or not in the key index.
  case full(reason: String)
  case recordTooLarge(limit: Int)
  /// An fdatasync or write failed. Final: the page cache may lie now.
  case failed(SystemError)
  /// A file that is being written to was cut short or removed by somebody else. Final: what was
  /// in it is lost to the next start.
  case fileTaken(path: String, how: FileLoss)
  /// A file operation at start or in a reader failed.
  case io(SystemError)
  case noSuchEvent(UInt64)
  /// A copy was to be made where something is already.
  case notEmpty(path: String)
  /// While a journal was copied, its oldest events left it faster than they could be read.
  case overtaken
  /// Whether a key is known cannot be said: a page of a run is not as it was written.
  case keysUnreadable(run: String, page: Int, reason: String)

  package enum FileLoss: String, Sendable {
    case cut = "cut short"
    case removed
  }

  /// Nothing more is taken after it: what the process holds of the journal is not to be relied on.
  package var isFinal: Bool {
    switch self {
    case .failed, .fileTaken: true
    default: false
    }
  }

  package var description: String {
    switch self {
    case .locked(let path):
      "the journal is in use: another process holds \(path); stop it, or use another data directory"
    case .wrongVersion(let found):
      "the journal has format \(found), this program reads format \(Layout.formatMajor); "
        + "use the version of the program that wrote it"
    case .badFormat(let path):
      "\(path) is not readable; restore it from a backup, or move the journal away to start anew"
    case .foreignFormat(let segments, let id, let format):
      "all segments in \(segments) are of journal \(id), and FORMAT is that of journal \(format); "
        + "restore FORMAT from a backup of this journal (a segment's header has the id at byte 32, "
        + "FORMAT at byte 24); nothing was moved"
    case .damaged(let segment, let offset, let reason):
      "segment \(segment) is damaged at byte \(offset): \(reason); run `webhook-sidecar journal "
        + "verify`, or set journal.on_damage to \"continue\" to keep it aside and go on"
    case .readOnly:
      "the journal is damaged and takes nothing; look with `webhook-sidecar journal verify`, then "
        + "restore a backup, or go on without what is lost: `journal repair --accept-loss`, or set "
        + "journal.on_damage to \"continue\""
    case .full(let reason):
      "no room for another event: \(reason); free disk space"
    case .recordTooLarge(let limit):
      "the event is larger than a record of this journal may be (\(limit) bytes)"
    case .failed(let error):
      "the disk failed: \(error); nothing is accepted until the process is started again"
    case .fileTaken(let path, let how):
      "\(path) was \(how.rawValue) by somebody while the journal was in use; keep others out of "
        + "the data directory, and run `webhook-sidecar journal verify`, which names what is lost; "
        + "nothing is accepted until the process is started again"
    case .io(let error):
      "\(error)"
    case .noSuchEvent(let sequence):
      "there is no event with sequence \(sequence)"
    case .notEmpty(let path):
      "there is something in \(path) already; name a data directory without a journal"
    case .overtaken:
      "retention removed what was being copied, or bodies were erased in it all the while; remove "
        + "the copy, and copy again when fewer events come in and are erased"
    case .keysUnreadable(let run, let page, let reason):
      "key run \(run) is unreadable at page \(page): \(reason); a restart sets it aside and takes "
        + "its keys from the log where they are"
    }
  }

  /// The exit code of a process that ends with it (contract §2).
  package var exitCode: Int32 {
    switch self {
    case .locked, .overtaken: 75
    case .failed, .fileTaken, .io, .full: 74
    case .wrongVersion, .badFormat, .foreignFormat, .damaged, .readOnly, .keysUnreadable, .notEmpty:
      1
    case .recordTooLarge, .noSuchEvent: 70
    }
  }
}

/// Runs file operations whose failure is no verdict on the disk: at start, and in readers.
func ioChecked<T>(_ body: () throws(SystemError) -> T) throws(JournalError) -> T {
  do throws(SystemError) { return try body() } catch { throw .io(error) }
}
