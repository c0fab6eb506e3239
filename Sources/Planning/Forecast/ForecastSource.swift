/// What a forecast was made of.
public enum ForecastSource: String, Hashable, Sendable, Codable {
    /// Who is plugged in now and when they say that they leave.
    case plugged
    /// What each car usually does at that hour of such a day.
    case habits
    /// Who is plugged in now, with assumed risks: too few days were seen to measure any.
    case coldStart
}
