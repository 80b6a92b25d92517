/// The last good feed of a provider, and how the latest one fared.
///
///     var state = AddressFeedState(shape: .github, seed: knownBlocks)
///     state.update(with: body, at: clock.elapsed)
///     let policy = AddressPolicy(allow: state.allowList)
///
/// A feed that cannot be read, or not be fetched, changes nothing but what is reported: a
/// provider's bad minute must not lock its webhooks out, nor let anybody else in.
///
/// Times are durations since a moment of the caller's choice, by a clock that never goes back.
public struct AddressFeedState: Sendable, Equatable {
  /// Where in the provider's document the blocks are.
  public let shape: AddressFeed.Shape
  /// The addresses of the last good feed; before the first one those of the seed.
  ///
  /// Never everybody: without a feed and a seed the list is empty and lets nobody in.
  public private(set) var allowList: AllowList
  /// The last good feed; nil before the first.
  public private(set) var feed: AddressFeed?
  /// What was wrong with the latest feed; nil when it was good.
  public private(set) var failure: AddressFeedError?
  /// Whether the last good feed lacks more than half of the blocks that held before it.
  ///
  /// The feed is in force all the same, because providers do move; somebody should look at it.
  public private(set) var hasShrunk = false

  private var blocks: [AddressBlock]
  private var updatedAt: Duration?

  /// Makes the state before the first feed.
  ///
  /// - Parameters:
  ///   - shape: where in the provider's document the blocks are.
  ///   - seed: the blocks that hold until the first feed; none: nobody is let in until then.
  public init(shape: AddressFeed.Shape, seed: [AddressBlock] = []) {
    self.shape = shape
    blocks = seed
    allowList = AllowList(blocks: seed)
  }

  /// Takes the feed that was fetched when `elapsed` had passed, or keeps the one before it and
  /// notes in `failure` why.
  public mutating func update(with bytes: [UInt8], at elapsed: Duration) {
    let feed: AddressFeed
    do throws(AddressFeedError) {
      feed = try AddressFeed(bytes, shape: shape)
    } catch {
      failure = error
      return
    }
    // A block that went up in a wider one is not gone.
    let gone = blocks.count { !feed.allowList.addresses.contains($0) }
    hasShrunk = gone * 2 > blocks.count
    self.feed = feed
    blocks = feed.blocks
    allowList = feed.allowList
    failure = nil
    updatedAt = elapsed
  }

  /// How old the last good feed is when `elapsed` has passed.
  ///
  /// Nil before the first one, and never negative.
  public func age(at elapsed: Duration) -> Duration? {
    updatedAt.map { max(.zero, elapsed - $0) }
  }
}
