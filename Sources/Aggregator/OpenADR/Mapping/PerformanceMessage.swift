import Domain
import OpenADR

/// Reports on an award: that it was taken, what is delivered while it runs, and what was when it is over.
enum AwardReport {
    private static func report(
        _ reference: IntervalReference, name: String, resource: ResourceID, clientName: String,
        descriptors: [PayloadDescriptor], period: IntervalPeriod? = nil, payloads: [ValuesMap]
    ) -> ReportRequest {
        ReportRequest(
            eventID: reference.event, clientName: clientName, reportName: name,
            payloadDescriptors: descriptors,
            resources: [
                ReportRequest.ResourceData(
                    resourceName: resource.rawValue,
                    intervals: [
                        Interval(id: reference.interval, intervalPeriod: period, payloads: payloads)
                    ])
            ])
    }

    /// OpenADR 3 has no acknowledgement, so this report is one.
    static func acknowledgement(
        _ reference: IntervalReference, resource: ResourceID, clientName: String
    ) -> ReportRequest {
        Self.report(
            reference, name: MarketNames.acknowledgementName, resource: resource,
            clientName: clientName, descriptors: [],
            payloads: [
                ValuesMap(.operatingState, text: "NORMAL"),
                ValuesMap(MarketNames.awardAcknowledged, [.bool(true)]),
            ])
    }

    /// Mean metered power, baseline and instructed power, all absolute in KW, + = import.
    static func telemetry(
        _ mean: DeliverySample, period: MarketInterval, reference: IntervalReference,
        clientName: String
    ) -> ReportRequest {
        Self.report(
            reference, name: MarketNames.telemetryName, resource: mean.resource,
            clientName: clientName,
            descriptors: [.reading, .baseline, .regulationSetpoint].map {
                PayloadDescriptor(.report, $0, units: .kilowatt, readingType: .mean)
            },
            period: IntervalPeriod(
                start: DateTime(period.start),
                duration: ISODuration(microseconds: period.duration.microseconds)),
            payloads: [
                ValuesMap(.reading, kilowatts: mean.metered),
                ValuesMap(.baseline, kilowatts: mean.baseline),
                // A request is up from the baseline; the setpoint is what that leaves.
                ValuesMap(.regulationSetpoint, kilowatts: mean.baseline - mean.requested),
                ValuesMap(.dataQuality, text: "OK"),
            ])
    }

    /// What a settled block came to. Energies are in the award's direction; export is negative, as in
    /// every report.
    static func performance(
        _ result: BlockResult, reference: IntervalReference, clientName: String
    ) -> ReportRequest {
        func signed(_ energy: Energy) -> Energy {
            result.award.direction == .up ? -energy : energy
        }
        return Self.report(
            reference, name: MarketNames.performancePrefix + result.award.bid.rawValue,
            resource: result.award.resource, clientName: clientName,
            descriptors: [.deltaUsage, MarketNames.requestedUsage, MarketNames.overDelivery].map {
                PayloadDescriptor(.report, $0, units: .kilowattHour, readingType: .summed)
            },
            payloads: [
                ValuesMap(.deltaUsage, kilowattHours: signed(result.delivered)),
                ValuesMap(MarketNames.requestedUsage, kilowattHours: signed(result.requested)),
                ValuesMap(MarketNames.overDelivery, kilowattHours: signed(result.overDelivered)),
                ValuesMap(MarketNames.performance, scaled: result.performance, decimals: 4),
                ValuesMap(.dataQuality, text: "OK"),
            ])
    }
}
