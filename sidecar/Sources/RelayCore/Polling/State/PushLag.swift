/// How long pushes take, learnt from those that came: what is younger is not missed yet
/// (polling §6.3).
///
/// A pause is no lag: what happened before pushes came again after one is not learnt from, so that
/// an outage does not teach a source to be patient.
package struct PushLag: Equatable, Sendable {
  /// A hundredth part of fewer says nothing.
  static let samplesMin = 100
  /// So many pushes back; what was usual before them no longer counts.
  static let samplesMax = 512
  /// Sorted anew after so many, and not at every push.
  private static let samplesPerLook = 16
  /// Twice the usual is unusual.
  private static let factor = 2
  /// What has not come for an hour is news for an operator, whatever is usual; it is read by then.
  static let graceMost = Duration.seconds(3600)

  private let silence: Duration
  private var samples: [Duration] = []
  private var next = 0
  private var fresh = 0
  private var lastPush: Duration
  private var pauseEnded: Duration
  /// All but one push in a hundred came within it; nil while too few are known.
  package private(set) var usual: Duration?

  init(silence: Duration, at now: Duration) {
    self.silence = silence
    lastPush = now
    pauseEnded = now
  }

  mutating func pushArrived(at now: Duration) {
    if now - lastPush >= silence { pauseEnded = now }
    lastPush = now
  }

  /// An event happened, and its push came: both in elapsed time.
  mutating func learn(happened: Duration, arrived: Duration) {
    guard happened >= pauseEnded else { return }
    let lag = max(.zero, arrived - happened)
    if samples.count < Self.samplesMax {
      samples.append(lag)
    } else {
      samples[next] = lag
      next = (next + 1) % Self.samplesMax
    }
    fresh += 1
    guard samples.count >= Self.samplesMin, usual == nil || fresh >= Self.samplesPerLook else {
      return
    }
    fresh = 0
    usual = samples.sorted()[samples.count * 99 / 100]
  }

  /// How long a push may take before its event counts as missed.
  func grace(_ configured: Duration) -> Duration {
    guard let usual else { return configured }
    return max(configured, min(usual * Self.factor, Self.graceMost))
  }
}
