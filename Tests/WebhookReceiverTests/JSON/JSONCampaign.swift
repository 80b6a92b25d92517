import Foundation

enum JSONCampaign {
  /// `WEBHOOK_CAMPAIGN=1` in the environment: what repeats itself does so many more times.
  static let isOn = ProcessInfo.processInfo.environment["WEBHOOK_CAMPAIGN"] == "1"
}
