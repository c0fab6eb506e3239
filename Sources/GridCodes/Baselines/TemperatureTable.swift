/// Temperatures of the air, hour by hour of the local clock, as a weather service gives them.
public struct TemperatureTable: Hashable, Sendable {
    /// 1/100 °C by day, 24 hours each; hours that are not there are nil.
    public private(set) var days: [CivilDate: [Int?]] = [:]

    /// Reads CSV with the header `date,hour,celsius`; the first wrong line refuses all of it.
    public init(csv text: String) throws(BaselineRefusal) {
        var isFirst = true
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty && line.first != "#" {
            guard !isFirst else {
                guard line == "date,hour,celsius" else {
                    throw BaselineRefusal("line \(index + 1): the header must be date,hour,celsius")
                }
                isFirst = false
                continue
            }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard index < LoadTable.mostRows, fields.count == 3, let date = CivilDate(fields[0]),
                let hour = Int(fields[1]), (0..<24).contains(hour), let celsius = Double(fields[2]),
                (-90.0...70).contains(celsius)
            else {
                throw BaselineRefusal("line \(index + 1): write a row as 2026-03-29,17,-3.5: correct it")
            }
            var day = self.days[date] ?? Array(repeating: nil, count: 24)
            guard day[hour] == nil else {
                throw BaselineRefusal("line \(index + 1): the hour \(hour) of \(date) is there twice: give it once")
            }
            day[hour] = Int((celsius * 100).rounded())
            self.days[date] = day
        }
        guard !self.days.isEmpty else { throw BaselineRefusal("there is no row: give date,hour,celsius") }
    }
}
