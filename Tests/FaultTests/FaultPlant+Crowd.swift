import Domain
import Foundation
import TestSupport

/// Workers of simulated cars: thousands, behind the real link and the real edge controller.
extension FaultPlant {
    var crowdNames: [String] { self.terms.crowds.indices.map { "crowd\($0 + 1)" } }

    /// Keys for them, and each with a site of its own; all cars are of the two owners.
    static func enrolCrowds(_ crowds: [Int], _ plant: SmallPlant) throws {
        guard !crowds.isEmpty else { return }
        let workers = (1...plant.shape.workers).map { "worker-\($0)" } + crowds.indices.map { "crowd-\($0 + 1)" }
        _ = try plant.command(["keys", "--out", plant.folder.path] + workers + ["utility"])
        var sites = "site,tenant,region,zone,resource,import_w,export_w,stale_load_w,default_stay_s,default_target\n"
        var stations = "station,site\n"
        var vehicles =
            "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\n"
        var departures = "vehicle,departure,target\n"
        let iso = ISO8601DateFormatter()
        let consent = iso.string(from: plant.start.addingTimeInterval(-60))
        let departure = iso.string(from: plant.start.addingTimeInterval(36_000))
        for (number, cars) in crowds.enumerated() {
            let name = "crowd-\(number + 1)"
            sites += "\(name),t,test,z,fleet,1000000000,1000000000,0,36000,8000\n"
            for car in 1...cars {
                stations += "\(name)-\(car),\(name)\n"
                let owner = car % 2
                vehicles +=
                    "\(name)-v\(car),o\(owner),c\(owner),t,\(name)-T\(car),60000,22000,22000,2000,9500,\(consent)\n"
                departures += "\(name)-v\(car),\(departure),6500\n"
            }
        }
        for (text, file) in [
            (sites, "sites"), (stations, "stations"), (vehicles, "vehicles"), (departures, "departures"),
        ] { try plant.write(text, "crowd/\(file).csv") }
        _ = try plant.command(["enrol", plant.path("crowd"), "--zone", "z"])
    }

    /// All of them together send 12,500 readings a second at most, which a database on the same machine takes.
    static func configureCrowds(_ crowds: [Int], metrics: [Int], _ plant: SmallPlant) throws {
        let every = max(8, crowds.reduce(0, +) / 12_500)
        for (number, cars) in crowds.enumerated() {
            try self.configureCrowd(number + 1, cars: cars, every: every, metrics: metrics[number], plant)
        }
    }

    private static func configureCrowd(
        _ number: Int, cars: Int, every seconds: Int, metrics: Int, _ plant: SmallPlant
    ) throws {
        let endpoints = ["telemetry", "control", "signal"].enumerated().map { socket, key in
            "  \(key): tcp://127.0.0.1:\(plant.ports[2 + socket])\n"
        }
        try plant.write(
            """
            worker: crowd-\(number)
            fleetLink:
            \(endpoints.joined())  keyFile: \(plant.path("crowd-\(number).key"))
              aggregatorKey: "\(plant.aggregatorKey)"
            regionFile: \(plant.path("region.yaml"))
            name: crowd-\(number)
            vehicles: \(cars)
            meterSeconds: \(seconds)
            metricsPort: \(metrics)

            """, "crowd\(number).yaml")
    }
}
