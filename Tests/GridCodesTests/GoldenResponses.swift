import Foundation
import TestSupport

/// Responses by service at 23 frequencies, from elsewhere.
struct GoldenResponses: Decodable {
    var f_hz: [Double]
    var response: [String: [Double]]

    /// Nil, and said, where this machine has none.
    static func read() throws -> GoldenResponses? {
        guard let url = Workspace.sharedData("golden/golden_vectors.json") else {
            print("skipped: ../shared/data/golden is absent")
            return nil
        }
        return try JSONDecoder().decode(GoldenResponses.self, from: Data(contentsOf: url))
    }
}
