import Foundation

/// Set by `scripts/test --campaign`: what repeats itself does so many more times.
let isCampaign = ProcessInfo.processInfo.environment["WEBHOOK_CAMPAIGN"] == "1"
