import Foundation
import FoundationNetworking

/// Reads JSON from one of the demo's own processes; nil while it is not up.
func fetch<Value: Decodable & Sendable>(_ type: Value.Type, from url: String, bearer: String? = nil) async -> Value? {
    guard let address = URL(string: url) else { return nil }
    var request = URLRequest(url: address, timeoutInterval: 2)
    if let bearer { request.setValue("Bearer \(bearer)", forHTTPHeaderField: "Authorization") }
    guard let (data, response) = try? await URLSession.shared.data(for: request),
        (response as? HTTPURLResponse)?.statusCode == 200
    else { return nil }
    return try? JSONDecoder().decode(type, from: data)
}
