internal import RelayCore

/// The bounds of what may be configured.
package enum Limit {
  /// People write configurations; a larger file is another file.
  static let fileBytes = 1 << 20
  /// A file that a configuration names.
  ///
  /// A secret is a line of text; a certificate with what leads to its authority and a bundle of
  /// authorities fit as well, and a wrong path does not fill the memory.
  package static let namedFileBytes = 64 << 10
  /// Beyond that, a file of another kind was named by mistake.
  static let problems = 500

  /// Allocated at the start: from a few deliveries to what nobody reads through by hand.
  static let quarantineBytes: ClosedRange<Int64> = 1 << 20...1 << 30
  /// The quarantine is kept in blocks of this.
  static let quarantineBlockBytes: Int64 = 4096
  /// Thousands of ordinary deliveries, of one address hundreds.
  static let quarantineBytesDefault = 64 << 20

  /// Each is a path, a metric series and a set of keys.
  static let sources = 1000
  static let aliases = 64
  /// Each is a set of metric series, a pool of connections and a line in every admitted event.
  static let destinations = 1000
  /// Cloud providers publish some thousands.
  static let addressBlocks = 10_000
  static let listeners = 16
  /// All are compared on every request.
  static let tokens = 256
  /// Each is looked at in every handshake that asks for a name.
  static let certificates = 64
  static let clientNames = 64
  static let scopes = 64
  /// All are tried on a delivery that verifies with none.
  static let secrets = 16
  static let places = 8
  /// A scheme asks for one or two settings.
  static let parameters = 16
  /// Ids and audiences that providers show are below 256 bytes.
  static let parameterBytes = 1024
  /// Topics and origins that are confirmed to a provider.
  static let subscriptions = 64

  /// Ports and memory end before.
  static let connections = 1_000_000
  /// The head is stored with the event, whose record has 256 KiB for it and what is drawn from it.
  static let headerBytes: ClosedRange<Int64> = 256...128 << 10
  /// The largest record of the journal; which part of it a body may have is seen to apart.
  static let bodyBytes: ClosedRange<Int64> = 1...recordBytes
  static let timeout: ClosedRange<Duration> = .milliseconds(1) ... .seconds(3600)
  /// An attempt holds one of its destination's slots, and a kept connection.
  static let attempt: ClosedRange<Duration> = .milliseconds(1)...DestinationPlan.timeoutMax
  /// Less is no time to judge in; after an hour without a probe nobody remembers why.
  static let breaker: ClosedRange<Duration> = .milliseconds(10) ... .seconds(3600)
  /// A service that is asked less often is found well by its deliveries first.
  static let healthInterval = Duration.seconds(3600)

  /// What segments are aligned to.
  static let blockBytes: Int64 = 4096
  /// The bounds of the journal's format.
  static let segmentBytes: ClosedRange<Int64> = 64 << 10...1 << 30
  /// No record is larger than a quarter of its segment, or than this.
  static let recordBytes: Int64 = 16 << 20
  /// Fixed parts of a record, and what is drawn from the head a second time: id, type, address.
  static let recordOverheadBytes: Int64 = 4096

  /// A record is at most a quarter of its segment, and holds the head as well.
  static func bodyBytesMax(segmentBytes: Int64, headerBytes: Int64) -> Int64 {
    min(recordBytes, segmentBytes / 4) - headerBytes - recordOverheadBytes
  }
  static let reserveBytes: ClosedRange<Int64> = 0...1 << 50
  /// Less would remove events before anybody can read them; more is for ever.
  static let retentionAge: ClosedRange<Duration> = .seconds(60) ... .seconds(10 * 366 * 86_400)
  static let retentionBytes: ClosedRange<Int64> = 256 << 10...1 << 50
  /// The segment that is written to, the next one, and two that can be read.
  static let retentionSegments: Int64 = 4

  /// Faster than any disk takes single events.
  static let requestsPerSecond = 1_000_000
  static let bytesPerSecond: ClosedRange<Int64> = 1...1 << 40

  /// Above a month a timestamp says nothing any more.
  static let tolerance: ClosedRange<Duration> = .seconds(1) ... .seconds(31 * 86_400)
  /// Keys are kept in memory for that long.
  static let window: ClosedRange<Duration> = .seconds(1) ... .seconds(400 * 86_400)

  /// Common servers take no longer request line.
  static let pathBytes = 2048
  static let directoryBytes = 4096 - 256
  static let contentTypeBytes = 128
  static let replyBodyBytes = 1024
  /// It stands in every line of the log that says that a poll was refused.
  static let adviceBytes = 512
  /// One array of events, and one for each kind of thing where an answer groups them.
  static let itemPlaces = 16
  static let itemFilters = 16
  static let filterValues = 256
  /// Files of a provider's store lie at one or two other places.
  static let detailHosts = 8
  static let errorRules = 32
  static let requestHeaders = 32
  static let headerPrefixBytes = 64
  /// A URL with some values of an item in it.
  static let templateBytes = 2048
  static let arguments = 64
  static let argumentBytes = 4096
  /// More than ten times a second is an attack, and less than once a month no fallback.
  static let interval: ClosedRange<Duration> = .milliseconds(100) ... .seconds(31 * 86_400)
  /// Beyond a month no list is in motion any more.
  static let reach: ClosedRange<Duration> = .zero ... .seconds(31 * 86_400)
  static let granularity: ClosedRange<Duration> = .milliseconds(1) ... .seconds(86_400)
  static let providerRetention: ClosedRange<Duration> = .seconds(60) ... .seconds(10 * 366 * 86_400)
  /// A hundred each second.
  static let dailyRequests = 1...8_640_000
  static let pages = 1...100_000
  /// A page is held in memory, once for each source that is being walked.
  static let pageBytes: ClosedRange<Int64> = 4 << 10...64 << 20
  static let pageItems = 1...10_000
  static let overlapItems = 0...1000
  static let pollRequest: ClosedRange<Duration> = .milliseconds(100) ... .seconds(600)
  static let pollWalk: ClosedRange<Duration> = .milliseconds(100) ... .seconds(6 * 3600)
  static let timeWindow: ClosedRange<Duration> = TimePaging.windowMin ... .seconds(366 * 86_400)
  /// A poll waits for it.
  static let command: ClosedRange<Duration> = .milliseconds(100) ... .seconds(120)
  static let tokenLifetime: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
  /// More often, and the alarm is the outage.
  static let alarmInterval: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
  /// The names of files that people write.
  static let fileNameBytes = 4096
  static let referenceBytes = 8192
  /// A path in a message: what the kernel takes, and short enough for a line of the log.
  static let pathCharacters = 4096
}

/// What a shared secret should be.
enum SecretRule {
  /// Whoever has seen one signed delivery can try secrets at leisure; what has fewer bytes (64
  /// bits) is found in days with one machine.
  ///
  /// Providers give 16 and more: a shorter one was made up for a test, or cut when it was copied.
  static let keyBytesMin = 8
  /// Only the owner may use the file: the bits of its group and of everybody else.
  static let othersPermissions: UInt32 = 0o077
}

/// What a token of the API must be.
enum TokenRule {
  /// Fewer characters can be guessed over the network.
  static let bytesMin = 16
  static let bytesMax = 4096
}
