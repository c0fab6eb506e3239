/// A documented habit of real chargers, as a switch of the simulated one; `Protocols/ocpp/QUIRKS.md` has the thread
/// of each and the test that shows the worker coping with it.
package enum StationQuirk: String, Hashable, Sendable, CaseIterable {
    // What it takes of profiles.
    case level0Only = "level-0-only"
    case relativeOnly = "relative-only"
    case wattsOnly = "watts-only"
    /// Says nothing of it, too.
    case amperesOnly = "amperes-only"
    case defaultPurposeOnly = "default-purpose-only"
    case noDefaultPurpose = "no-default-purpose"
    case noZeroLimit = "no-zero-limit"
    case noSmartCharging = "no-smart-charging"
    /// Although it lists smart charging.
    case profilesNotSupported = "profiles-not-supported"
    case ignoresProfiles = "ignores-profiles"
    /// What it is told holds until it is told otherwise.
    case ignoresDuration = "ignores-duration"
    /// It adds the power of a curve with the wrong sign.
    case curveUpsideDown = "curve-upside-down"
    case hangsUpOnProfile = "hangs-up-on-profile"
    case negativeIsError = "negative-is-error"
    case noUpdates = "no-updates"
    case muteOnUpdate = "mute-on-update"
    case compositeRejected = "composite-rejected"
    case emptyErrorText = "empty-error-text"
    case unknownSmartCharging = "unknown-smart-charging"
    // What it says of itself.
    case emptyVendor = "empty-vendor"
    case noBoot = "no-boot"
    case longSerial = "long-serial"
    case shapesOf16 = "shapes-of-1.6"
    case errorWord = "error-word"
    // What it meters.
    case noSoC = "no-soc"
    case hertzUnit = "hz-unit"
    case badContext = "bad-context"
    case clockDayOff = "clock-day-off"
    case meterBackwards = "meter-backwards"
    case meterJumps = "meter-jumps"
    // Transactions.
    case noConnectorId = "no-connector-id"
    case stopTwice = "stop-twice"
    case transactionMinusOne = "transaction-minus-one"
    case startLost = "start-lost"
    case oldSequence = "old-sequence"
    case badDeparture = "bad-departure"
    case repeatsCalls = "repeats-calls"
}
