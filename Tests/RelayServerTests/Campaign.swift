import Foundation

/// What repeats itself does so more often in a campaign: `scripts/test --campaign`.
enum Campaign {
  static let isOn = ProcessInfo.processInfo.environment["WEBHOOK_CAMPAIGN"] == "1"

  /// How often to do something, and that it is counted: campaigns print what they did.
  static func rounds(_ usual: Int, campaign: Int, of what: String) -> Int {
    guard isOn else { return usual }
    print("campaign: \(campaign) x \(what)")
    return campaign
  }
}
